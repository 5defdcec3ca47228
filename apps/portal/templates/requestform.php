<?php use Portal\Page; use Portal\Queue; ?>
<form class="search" action="/requests" method="post">
  <h2>Request a product</h2>
  <input type="hidden" name="token" value="<?= Page::text($token) ?>">
  <div class="fields">
    <div><label for="request-marker">Marker</label>
      <input id="request-marker" name="marker" required maxlength="9" autocomplete="off"
             pattern="[A-Za-z0-9]{4}([0-9]{2}[A-Za-z]{3})?" value="<?= Page::text($marker) ?>"></div>
    <div><label for="wanted">Product</label>
      <select id="wanted" name="wanted"><?php foreach (Queue::PRODUCTS as $product => $formats):
        foreach (array_keys($formats) as $format): ?>
        <option value="<?= Page::text("{$product}/{$format}") ?>"><?=
          Page::text("{$product} as {$format}") ?></option><?php endforeach; endforeach ?></select></div>
    <button>Request</button>
  </div>
</form>
