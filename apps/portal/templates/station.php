<?php
use Portal\Page;
use Portal\Stations;
$at = $station['location']['coordinates'];
$facts = [
    'Marker' => $station['marker'],
    'City' => Stations::city($station),
    'Country' => Stations::country($station),
    'Latitude' => Stations::degrees($at['lat'] ?? null, 'N', 'S'),
    'Longitude' => Stations::degrees($at['lon'] ?? null, 'E', 'W'),
    'Altitude' => isset($at['altitude']) ? sprintf('%.1f m', $at['altitude']) : '',
    'Operated' => Stations::day($station['date_from'], 'unknown') . ' to '
        . Stations::day($station['date_to'], 'today'),
    'Networks' => Stations::networks($station),
    'Agency' => $station['agency']['name'] ?? '',
    'Monument' => $station['monument']['description'] ?? '',
    'Days with files' => (string) count(array_filter(explode(',', $station['rinex_files_dates'] ?? ''))),
];
$name = $station['marker_long_name'];
?>
<p class="crumbs"><a href="/">Stations</a> ›</p>
<h1><?= Page::text($name) ?> <small><?= Page::text($station['name']) ?></small></h1>
<dl class="facts">
<?php foreach (array_filter($facts, static fn (string $fact): bool => $fact !== '') as $key => $fact): ?>
  <div><dt><?= Page::text($key) ?></dt><dd><?= Page::text($fact) ?></dd></div>
<?php endforeach ?>
</dl>
<h2>Files</h2>
<?php if ($files === []): ?>
<p class="count">No files.</p>
<?php else: ?>
<?= Page::render('filetable', ['files' => $files]) ?>
<?php endif ?>
<?= Page::render('pages', ['path' => '/stations/' . rawurlencode($name), 'form' => [],
    'page' => $page, 'more' => $more]) ?>
<h2>More</h2>
<ul class="actions">
  <li><a href="/stations/<?= Page::text(rawurlencode($name)) ?>.json">This station as JSON</a></li>
  <li><a href="/files?marker=<?= Page::text(rawurlencode($name)) ?>">Choose files by day</a></li>
</ul>
<?= Page::render('requestform', ['marker' => $name, 'token' => $token]) ?>
