<?php
declare(strict_types=1);

namespace Portal;

/** GLASS's API. */
final readonly class Glass
{
    private const TIMEOUT_S = 30;
    private const MOST_BYTES = 8 << 20;

    public function __construct(private Settings $settings)
    {
    }

    /** @return list<array<string, mixed>> every station, without equipment and files */
    public function stations(): array
    {
        return $this->records('/stations/v2/station/short/json');
    }

    /** @return array<string, mixed>|null the station of this marker */
    public function station(string $marker): ?array
    {
        return $this->records("/stations/v2/marker/{$marker}/full/json")[0] ?? null;
    }

    /** @return list<array<string, mixed>> a page of the files that are asked for */
    public function files(FileSearch $search, int $page, int $size): array
    {
        return $this->records($search->path() . '?' . http_build_query(
            $search->parameters() + ['page' => $page, 'perpage' => $size]
        ));
    }

    public function version(): string
    {
        return (string) json_decode($this->get('/tools/version'), true)['version'];
    }

    /**
     * Fetches an answer as it is.
     *
     * @param string $path below GlassFramework/webresources
     * @throws Unavailable where no answer comes, or none of status 200
     */
    public function get(string $path): string
    {
        $url = $this->settings->glassUrl . $path;
        $stream = @fopen($url, 'rb', context: stream_context_create(['http' => [
            'timeout' => self::TIMEOUT_S,
            'ignore_errors' => true, // a status of 400 is an answer as well
            'follow_location' => 0,
            'protocol_version' => 1.1,
            'header' => "Connection: close\r\n",
        ]]));
        if ($stream === false) {
            throw new Unavailable("GLASS does not answer at {$url}");
        }
        $status = explode(' ', (string) stream_get_meta_data($stream)['wrapper_data'][0])[1] ?? '';
        $body = (string) stream_get_contents($stream, self::MOST_BYTES + 1);
        if ($status !== '200') {
            throw new Unavailable("GLASS answers {$status} for {$url}: " . substr($body, 0, 200));
        }
        if (strlen($body) > self::MOST_BYTES || stream_get_meta_data($stream)['timed_out']) {
            throw new Unavailable("GLASS's answer for {$url} is too long or too slow");
        }
        return $body;
    }

    /** @return list<array<string, mixed>> */
    private function records(string $path): array
    {
        $records = json_decode($this->get($path), true);
        if (!is_array($records) || !array_is_list($records)) {
            throw new Unavailable("GLASS's answer for {$path} is no JSON list");
        }
        return $records;
    }
}
