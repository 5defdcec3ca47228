<?php use Portal\Page; use Portal\Queue; ?>
<form class="search" action="/requests" method="post">
  <h2>Request a product</h2>
  <input type="hidden" name="token" value="<?= Page::text($token) ?>">
  <div class="fields">
    <div><label for="request-marker">Marker</label>
      <input id="request-marker" name="marker" required maxlength="9" autocomplete="off"
             pattern="[A-Za-z0-9]{4}([0-9]{2}[A-Za-z]{3})?" value="<?= Page::text($marker) ?>"></div>
    <div><label for="product">Product</label>
      <select id="product" name="product"><?php foreach (array_keys(Queue::PRODUCTS) as $one): ?>
        <option><?= Page::text($one) ?></option><?php endforeach ?></select></div>
    <div><label for="format">Format</label>
      <select id="format" name="format"><?php foreach (Queue::FORMATS as $one): ?>
        <option><?= Page::text($one) ?></option><?php endforeach ?></select></div>
    <button>Request</button>
  </div>
</form>
