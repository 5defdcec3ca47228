<?php use Portal\Page; ?>
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><?= Page::text($title) ?> – GNSS products</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
  <div class="bar">
    <a class="brand" href="/"><img src="/icon.svg" alt="" width="32" height="32">GNSS products</a>
    <nav aria-label="Main">
      <a href="/">Stations</a>
      <a href="/files">Files</a>
      <a href="/requests">Requests</a>
    </nav>
  </div>
</header>
<main id="content">
<?= $content ?>
</main>
<footer><div class="bar">EPOS node for GNSS data and products</div></footer>
</body>
</html>
