<?php
declare(strict_types=1);

namespace Portal;

/** The name of a station: 4 characters (GRAS) or 9 (GRAS00FRA). */
final class Marker
{
    /** @throws Refused where the text is no marker */
    public static function parse(string $text): string
    {
        $marker = strtoupper(trim($text));
        if (preg_match('/^[A-Z0-9]{4}([0-9]{2}[A-Z]{3})?$/D', $marker) !== 1) {
            throw new Refused(400, 'A marker has 4 or 9 characters, such as GRAS or GRAS00FRA.');
        }
        return $marker;
    }
}
