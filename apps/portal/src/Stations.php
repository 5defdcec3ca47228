<?php
declare(strict_types=1);

namespace Portal;

/** Reads what is needed of a station as GLASS gives it. */
final class Stations
{
    /**
     * Whether the words searched for occur in the markers, name, networks or country.
     *
     * @param array<string, mixed> $station
     */
    public static function matches(array $station, string $wanted): bool
    {
        $text = implode(' ', [
            $station['marker'],
            $station['marker_long_name'],
            $station['name'],
            self::country($station),
            self::networks($station),
        ]);
        return $wanted === '' || stripos($text, $wanted) !== false;
    }

    /** @param array<string, mixed> $station */
    public static function country(array $station): string
    {
        return (string) ($station['location']['city']['state']['country']['name'] ?? '');
    }

    /** @param array<string, mixed> $station */
    public static function city(array $station): string
    {
        return (string) ($station['location']['city']['name'] ?? '');
    }

    /** @param array<string, mixed> $station */
    public static function networks(array $station): string
    {
        return implode(', ', array_column($station['network_array'] ?? [], 'name'));
    }

    /** 43.7547° N, or a dash. */
    public static function degrees(mixed $value, string $positive, string $negative): string
    {
        return is_numeric($value)
            ? sprintf('%.4f° %s', abs((float) $value), $value < 0 ? $negative : $positive)
            : '–';
    }

    /** 1995-02-10 of "1995-02-10 00:00:00", or the other text. */
    public static function day(mixed $time, string $otherwise = '–'): string
    {
        return is_string($time) && $time !== '' ? substr($time, 0, 10) : $otherwise;
    }
}
