<?php use Portal\Page; use Portal\Stations; ?>
<h1>Stations</h1>
<form class="search" action="/" method="get" role="search">
  <label for="q">Marker, name, network or country</label>
  <div class="field">
    <input id="q" name="q" type="search" value="<?= Page::text($wanted) ?>" maxlength="80"
           placeholder="GRAS" autocomplete="off">
    <button>Search</button>
  </div>
</form>
<p class="count"><?= $count ?> <?= $count === 1 ? 'station' : 'stations' ?><?php
  if ($wanted !== ''): ?> for “<?= Page::text($wanted) ?>” · <a href="/">show all</a><?php endif ?></p>
<?php if ($stations !== []): ?>
<div class="scroll">
<table>
  <thead><tr>
    <th scope="col">Marker</th><th scope="col">Name</th><th scope="col">City</th>
    <th scope="col">Country</th><th scope="col" class="number">Latitude</th>
    <th scope="col" class="number">Longitude</th><th scope="col">Since</th>
    <th scope="col">Networks</th>
  </tr></thead>
  <tbody>
<?php foreach ($stations as $station): $at = $station['location']['coordinates'] ?>
  <tr>
    <th scope="row"><a href="/stations/<?= Page::text(rawurlencode($station['marker_long_name'])) ?>"><?=
      Page::text($station['marker_long_name']) ?></a></th>
    <td class="name"><?= Page::text($station['name']) ?></td>
    <td><?= Page::text(Stations::city($station)) ?></td>
    <td><?= Page::text(Stations::country($station)) ?></td>
    <td class="number"><?= Stations::degrees($at['lat'] ?? null, 'N', 'S') ?></td>
    <td class="number"><?= Stations::degrees($at['lon'] ?? null, 'E', 'W') ?></td>
    <td class="day"><?= Page::text(Stations::day($station['date_from'])) ?></td>
    <td><?= Page::text(Stations::networks($station)) ?></td>
  </tr>
<?php endforeach ?>
  </tbody>
</table>
</div>
<?php endif ?>
<?= Page::render('pages', ['path' => '/', 'form' => $wanted === '' ? [] : ['q' => $wanted],
    'page' => $page, 'more' => $more]) ?>
