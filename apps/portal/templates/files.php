<?php use Portal\Page; ?>
<h1>Files</h1>
<form class="search" action="/files" method="get" role="search">
  <div class="fields">
    <div><label for="marker">Marker</label>
      <input id="marker" name="marker" value="<?= Page::text($search->marker) ?>" maxlength="9"
             placeholder="GRAS" autocomplete="off"></div>
    <div><label for="from">First day</label>
      <input id="from" name="from" type="date" value="<?= Page::text($search->from) ?>"></div>
    <div><label for="to">Last day</label>
      <input id="to" name="to" type="date" value="<?= Page::text($search->to) ?>"></div>
    <div class="check"><input id="validated" name="validated" type="checkbox" value="1"<?=
      $search->validated ? ' checked' : '' ?>><label for="validated">Without failed ones</label></div>
    <button>Search</button>
  </div>
</form>
<?php if ($files === null): ?>
<p class="count">Give a marker, or a first and a last day, or all three.</p>
<?php elseif ($files === []): ?>
<p class="count">No files.</p>
<?php else: ?>
<?= Page::render('filetable', ['files' => $files]) ?>
<?php endif ?>
<?= Page::render('pages', ['path' => '/files', 'form' => $search->form(), 'page' => $page,
    'more' => $more]) ?>
