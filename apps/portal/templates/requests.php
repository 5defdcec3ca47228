<?php use Portal\Page; ?>
<h1>Requests</h1>
<p>A request is answered within some minutes; the newest come first.</p>
<?php if ($requests !== []): ?>
<div class="scroll">
<table>
  <thead><tr>
    <th scope="col" class="number">No.</th><th scope="col">Marker</th><th scope="col">Product</th>
    <th scope="col">Requested (UTC)</th><th scope="col">State</th><th scope="col">Answer</th>
  </tr></thead>
  <tbody>
<?php foreach ($requests as $request): ?>
  <tr>
    <th scope="row" class="number"><?= (int) $request['id'] ?></th>
    <td><?= Page::text($request['marker']) ?></td>
    <td><?= Page::text($request['product']) ?></td>
    <td><?= Page::text($request['requested']) ?></td>
    <td><span class="status <?= ['done' => 'good', 'failed' => 'bad'][$request['state']] ?? 'open' ?>"><?=
      Page::text($request['state']) ?></span></td>
    <td><?php if ($request['state'] === 'done'): ?><a href="/requests/<?= (int) $request['id']
      ?>/answer" download><?= Page::text($request['format']) ?></a><?php endif ?></td>
  </tr>
<?php endforeach ?>
  </tbody>
</table>
</div>
<?php endif ?>
<?= Page::render('requestform', ['marker' => '', 'token' => $token]) ?>
