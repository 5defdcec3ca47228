<?php
// Every request that is not for a file in this folder: see README.md for the routes.
declare(strict_types=1);

require __DIR__ . '/../src/autoload.php';

Portal\Application::fromEnvironment()->run($_SERVER['REQUEST_METHOD'], $_SERVER['REQUEST_URI']);
