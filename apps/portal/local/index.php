<?php
// What the container asks itself, on 127.0.0.1:8081 alone: /health, and /work every minute.
declare(strict_types=1);

use Portal\Application;
use Portal\Database;
use Portal\Glass;
use Portal\Queue;
use Portal\Settings;
use Portal\Unavailable;

require __DIR__ . '/../src/autoload.php';

if ($_SERVER['REQUEST_URI'] !== '/work') {
    Application::fromEnvironment()->run('GET', '/health');
    return;
}
header('Content-Type: text/plain; charset=utf-8');
try {
    $settings = Settings::fromEnvironment();
    $queue = new Queue(new Database($settings));
    $queue->migrate();
    echo $queue->work(new Glass($settings)), " requests answered\n";
} catch (Unavailable $away) {
    error_log("worker: {$away->getMessage()}");
    http_response_code(503);
}
