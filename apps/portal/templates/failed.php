<?php use Portal\Page; ?>
<h1>Error <?= (int) $status ?></h1>
<p role="alert"><?= Page::text($message) ?></p>
<p><a href="/">All stations</a></p>
