<?php
declare(strict_types=1);

namespace Portal;

/** Finds what answers a request, and turns what goes wrong into a page. */
final readonly class Application
{
    private const STATIONS_A_PAGE = 100;
    private const FILES_A_PAGE = 50;

    private function __construct(
        private Glass $glass,
        private Database $database,
        private Queue $queue,
        private Form $form,
    ) {
    }

    public static function fromEnvironment(): self
    {
        $settings = Settings::fromEnvironment();
        $database = new Database($settings);
        return new self(new Glass($settings), $database, new Queue($database), new Form($settings));
    }

    public function run(string $method, string $uri): void
    {
        try {
            $this->route($method, rawurldecode(explode('?', $uri, 2)[0]));
        } catch (Refused $refused) {
            $this->failed($refused->status, $refused->getMessage());
        } catch (Unavailable $away) {
            error_log($away->getMessage());
            header('Retry-After: 10');
            $this->failed(503, 'A service this page needs is not available at the moment.');
        }
    }

    private function route(string $method, string $path): void
    {
        $found = [];
        if ($method === 'POST' && $path === '/requests') {
            $this->request();
        } elseif ($method !== 'GET' && $method !== 'HEAD') {
            header('Allow: GET, HEAD');
            throw new Refused(405, 'This page can only be read.');
        } elseif ($path === '/') {
            $this->stations();
        } elseif (preg_match('~^/stations/([A-Za-z0-9]+)(\.json)?$~D', $path, $found) === 1) {
            $this->station(Marker::parse($found[1]), isset($found[2]));
        } elseif ($path === '/files') {
            $this->files();
        } elseif ($path === '/requests') {
            $this->requests();
        } elseif (preg_match('~^/requests/([0-9]{1,9})/answer$~D', $path, $found) === 1) {
            $this->answer((int) $found[1]);
        } elseif ($path === '/health') {
            $this->health();
        } else {
            throw new Refused(404, 'There is no such page.');
        }
    }

    private function stations(): void
    {
        $wanted = self::parameter('q');
        $found = array_values(array_filter(
            $this->glass->stations(),
            static fn (array $station): bool => Stations::matches($station, $wanted),
        ));
        $page = self::page();
        Page::show('stations', 'Stations', [
            'stations' => array_slice(
                $found,
                ($page - 1) * self::STATIONS_A_PAGE,
                self::STATIONS_A_PAGE,
            ),
            'count' => count($found),
            'wanted' => $wanted,
            'page' => $page,
            'more' => count($found) > $page * self::STATIONS_A_PAGE,
        ]);
    }

    private function station(string $marker, bool $asJson): void
    {
        $station = $this->glass->station($marker)
            ?? throw new Refused(404, "There is no station {$marker}.");
        $page = self::page();
        $files = $this->glass->files(FileSearch::of($marker), $page, self::FILES_A_PAGE + 1);
        if ($asJson) {
            Page::json(['station' => $station, 'files' => $files]);
            return;
        }
        Page::show('station', "{$station['marker']} {$station['name']}", [
            'station' => $station,
            'files' => array_slice($files, 0, self::FILES_A_PAGE),
            'page' => $page,
            'more' => count($files) > self::FILES_A_PAGE,
            'token' => $this->form->token(),
        ]);
    }

    private function files(): void
    {
        $search = FileSearch::fromForm($_GET);
        $page = self::page();
        $files = $search->isEmpty()
            ? null
            : $this->glass->files($search, $page, self::FILES_A_PAGE);
        Page::show('files', 'Files', [
            'search' => $search,
            'files' => $files,
            'page' => $page,
            'more' => $files !== null && count($files) === self::FILES_A_PAGE,
        ]);
    }

    private function requests(): void
    {
        Page::show('requests', 'Requests', [
            'requests' => $this->queue->newest(50),
            'token' => $this->form->token(),
        ]);
    }

    private function request(): void
    {
        $this->form->check($_POST['token'] ?? null);
        $text = static fn (string $name): string =>
            is_string($_POST[$name] ?? null) ? $_POST[$name] : '';
        [$product, $format] = explode('/', $text('wanted') . '/', 3);
        $this->queue->add(Marker::parse($text('marker')), $product, $format);
        http_response_code(303);
        header('Location: /requests');
    }

    private function answer(int $id): void
    {
        $row = $this->queue->answerOf($id) ?? throw new Refused(404, 'There is no such answer.');
        $types = ['csv' => 'text/csv', 'xml' => 'application/xml'];
        header('Content-Type: ' . ($types[$row['format']] ?? 'application/json') . '; charset=utf-8');
        header("Content-Disposition: attachment; filename=\"{$row['marker']}.{$row['format']}\"");
        echo $row['answer'];
    }

    /** 200 where the database and GLASS answer, 503 where one does not. */
    private function health(): void
    {
        $checks = [
            'database' => fn () => $this->database->rows('select 1'),
            'glass' => fn () => $this->glass->version(),
        ];
        $states = [];
        foreach ($checks as $name => $check) {
            try {
                $check();
                $states[$name] = 'ok';
            } catch (Unavailable $away) {
                error_log($away->getMessage());
                $states[$name] = 'unavailable';
            }
        }
        $healthy = !in_array('unavailable', $states, true);
        Page::json(
            ['status' => $healthy ? 'ok' : 'unavailable'] + $states,
            $healthy ? 200 : 503,
        );
    }

    private function failed(int $status, string $message): void
    {
        Page::show('failed', "Error {$status}", ['status' => $status, 'message' => $message], $status);
    }

    private static function parameter(string $name): string
    {
        return is_string($_GET[$name] ?? null) ? trim($_GET[$name]) : '';
    }

    private static function page(): int
    {
        $page = self::parameter('page');
        if ($page !== '' && preg_match('/^[1-9][0-9]{0,5}$/D', $page) !== 1) {
            throw new Refused(400, 'A page is a number from 1.');
        }
        return (int) ($page ?: 1);
    }
}
