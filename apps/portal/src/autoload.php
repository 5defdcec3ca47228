<?php
// Portal\Queue is in Queue.php beside this file.
declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Portal\\')) {
        require __DIR__ . '/' . substr($class, strlen('Portal\\')) . '.php';
    }
});
