<?php
declare(strict_types=1);

namespace Portal;

/** Visitors' requests, which the worker answers one after the other. */
final readonly class Queue
{
    /** What can be asked for: GLASS's path for a marker and a format. */
    /** What GLASS is asked for: by product, and by what the product comes in. */
    public const PRODUCTS = [
        'files' => ['json' => '/files/station-marker/%s/json', 'csv' => '/files/station-marker/%s/csv'],
        'velocities' => [
            'json' => '/products/velocities/%s/all/enu/json',
            'xml' => '/products/velocities/%s/all/enu/xml',
        ],
        'timeseries' => [
            'json' => '/products/timeseries/%s/all/enu/json',
            'xml' => '/products/timeseries/%s/all/enu/xml',
        ],
    ];

    private const MIGRATIONS = __DIR__ . '/../migrations';
    private const MOST_WAITING = 200; // requests; more than a worker answers in some minutes
    private const MOST_ATTEMPTS = 5;

    public function __construct(private Database $database)
    {
    }

    /** Creates what is missing; needs no right to create where nothing is. */
    public function migrate(): void
    {
        $exists = $this->database->rows("select to_regclass('product_request') as name");
        if ($exists[0]['name'] === null) {
            $this->database->script(
                (string) file_get_contents(self::MIGRATIONS . '/001_product_request.sql')
            );
        }
    }

    /** Appends a request; returns its number. */
    public function add(string $marker, string $product, string $format): int
    {
        if (!isset(self::PRODUCTS[$product][$format])) {
            throw new Refused(400, 'There is no such product, or not in this format.');
        }
        $rows = $this->database->rows(
            "insert into product_request (marker, product, format)
             select $1, $2, $3
              where (select count(*) from product_request where state = 'queued') < $4
             returning id",
            [$marker, $product, $format, self::MOST_WAITING],
        );
        if ($rows === []) {
            throw new Refused(429, 'Too many requests are waiting; try again in some minutes.');
        }
        return (int) $rows[0]['id'];
    }

    /** @return list<array<string, string|null>> the newest requests, without their answers */
    public function newest(int $count): array
    {
        return $this->database->rows(
            "select id, marker, product, format, state, reason,
                    to_char(requested_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as requested
               from product_request order by id desc limit $1",
            [$count],
        );
    }

    /** @return array<string, string|null>|null the answer of a request that is done */
    public function answerOf(int $id): ?array
    {
        return $this->database->rows(
            "select marker, product, format, answer from product_request
              where id = $1 and state = 'done'",
            [$id],
        )[0] ?? null;
    }

    /** Answers what waits; returns how many were answered. */
    public function work(Glass $glass): int
    {
        $answered = 0;
        while ($this->answerNext($glass)) {
            $answered++;
        }
        return $answered;
    }

    private function answerNext(Glass $glass): bool
    {
        $this->database->script('begin'); // holds the row against a second worker until commit
        $rows = $this->database->rows(
            "select id, marker, product, format from product_request where state = 'queued'
              order by id limit 1 for update skip locked"
        );
        $answered = $rows !== [] && $this->answerRow($rows[0], $glass);
        $this->database->script('commit');
        return $answered;
    }

    /** @param array<string, string|null> $row */
    private function answerRow(array $row, Glass $glass): bool
    {
        $path = self::PRODUCTS[$row['product']][$row['format']] ?? null;
        try {
            if ($path === null) {
                throw new Unavailable("GLASS does not offer {$row['product']} as {$row['format']}");
            }
            $answer = $glass->get(sprintf($path, $row['marker']));
        } catch (Unavailable $failure) {
            $this->database->rows(
                "update product_request set attempts = attempts + 1, reason = $2,
                        state = case when attempts + 1 >= $3 then 'failed' else 'queued' end,
                        finished_at = case when attempts + 1 >= $3 then now() end
                  where id = $1",
                [$row['id'], $failure->getMessage(), self::MOST_ATTEMPTS],
            );
            return false; // the rest waits for the next minute: GLASS is probably away
        }
        $this->database->rows(
            "update product_request set attempts = attempts + 1, reason = null, answer = $2,
                    state = 'done', finished_at = now() where id = $1",
            [$row['id'], $answer],
        );
        return true;
    }
}
