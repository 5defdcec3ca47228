<?php
use Portal\Page;
$to = static fn (int $number): string =>
    Page::text($path . '?' . http_build_query($form + ['page' => $number]));
if ($page > 1 || $more): ?>
<nav class="pages" aria-label="Pages">
<?php if ($page > 1): ?>  <a href="<?= $to($page - 1) ?>" rel="prev">← Previous</a><?php endif ?>
  <span>Page <?= $page ?></span>
<?php if ($more): ?>  <a href="<?= $to($page + 1) ?>" rel="next">Next →</a><?php endif ?>
</nav>
<?php endif ?>
