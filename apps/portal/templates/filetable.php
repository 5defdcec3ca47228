<?php use Portal\Page; use Portal\Stations; ?>
<div class="scroll">
<table>
  <thead><tr>
    <th scope="col">Name</th><th scope="col">Type</th><th scope="col">Day</th>
    <th scope="col" class="number">Size</th><th scope="col">MD5</th><th scope="col">Status</th>
  </tr></thead>
  <tbody>
<?php foreach ($files as $file): [$class, $words] = Page::status((int) $file['status']) ?>
  <tr>
    <th scope="row" class="file"><?= Page::link($file['url'], $file['name']) ?></th>
    <td class="day"><?= Page::text(implode(' ', array_filter($file['file_type']))) ?></td>
    <td class="day"><?= Page::text(Stations::day($file['reference_date'])) ?></td>
    <td class="number" title="<?= (int) $file['file_size'] ?> bytes"><?=
      Page::text(Page::size((int) $file['file_size'])) ?></td>
    <td><code><?= Page::text($file['md5_checksum']) ?></code></td>
    <td><span class="status <?= $class ?>"><?= Page::text($words) ?></span></td>
  </tr>
<?php endforeach ?>
  </tbody>
</table>
</div>
