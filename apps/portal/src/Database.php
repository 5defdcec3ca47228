<?php
declare(strict_types=1);

namespace Portal;

use PgSql\Connection;
use PgSql\Result;

/** The database products_queue; connected to when first asked. */
final class Database
{
    private const CONNECT_TIMEOUT_S = 5;

    private ?Connection $connection = null;

    public function __construct(private readonly Settings $settings)
    {
    }

    /**
     * Runs one statement.
     *
     * @param list<string|int|null> $values for $1, $2, …
     * @return list<array<string, string|null>> its rows
     * @throws Unavailable
     */
    public function rows(string $sql, array $values = []): array
    {
        $result = @pg_query_params($this->connection(), $sql, $values);
        return pg_fetch_all($this->succeeded($result));
    }

    /** Runs a file of statements. */
    public function script(string $sql): void
    {
        $this->succeeded(@pg_query($this->connection(), $sql));
    }

    private function succeeded(Result|false $result): Result
    {
        if ($result === false) {
            throw new Unavailable('database: ' . pg_last_error($this->connection));
        }
        return $result;
    }

    private function connection(): Connection
    {
        return $this->connection ??= $this->connect();
    }

    private function connect(): Connection
    {
        $settings = $this->settings;
        $password = @file_get_contents($settings->databasePasswordFile);
        if ($password === false) {
            throw new Unavailable("{$settings->databasePasswordFile} cannot be read");
        }
        $parts = [
            'host' => $settings->databaseAddress,
            'port' => $settings->databasePort,
            'dbname' => $settings->databaseName,
            'user' => $settings->databaseUser,
            'password' => trim($password),
            'connect_timeout' => self::CONNECT_TIMEOUT_S,
            'application_name' => 'portal',
        ];
        $text = '';
        foreach ($parts as $name => $value) {
            $text .= sprintf("%s='%s' ", $name, addcslashes((string) $value, "'\\"));
        }
        $connection = @pg_connect($text, PGSQL_CONNECT_FORCE_NEW);
        if ($connection === false) {
            throw new Unavailable(
                "no connection to {$settings->databaseAddress}:{$settings->databasePort}"
            );
        }
        return $connection;
    }
}
