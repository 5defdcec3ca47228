<?php
declare(strict_types=1);

namespace Portal;

/** Renders templates; what a template shows goes through text() or link(). */
final class Page
{
    private const TEMPLATES = __DIR__ . '/../templates';

    /** @param array<string, mixed> $values the variables of the template */
    public static function show(string $template, string $title, array $values, int $status = 200): void
    {
        http_response_code($status);
        header('Content-Type: text/html; charset=utf-8');
        $content = self::render($template, $values);
        echo self::render('layout', ['title' => $title, 'content' => $content]);
    }

    public static function json(mixed $value, int $status = 200): void
    {
        http_response_code($status);
        header('Content-Type: application/json; charset=utf-8');
        echo json_encode($value, JSON_HEX_TAG | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
            | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR), "\n";
    }

    /** Text that stays text in HTML, in attributes too. */
    public static function text(mixed $value): string
    {
        return htmlspecialchars(
            is_scalar($value) ? (string) $value : '',
            ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5,
            'UTF-8',
        );
    }

    /** A link where the address is one of the web, otherwise the text alone. */
    public static function link(mixed $address, mixed $text): string
    {
        if (!is_string($address) || preg_match('~^https?://[^\s"\'<>\\\\]+$~Di', $address) !== 1) {
            return self::text($text);
        }
        return sprintf(
            '<a href="%s" rel="noopener noreferrer">%s</a>',
            self::text($address),
            self::text($text),
        );
    }

    /** 1.9 MB */
    public static function size(int $bytes): string
    {
        $units = ['B', 'kB', 'MB', 'GB', 'TB'];
        $size = (float) $bytes;
        for ($unit = 0; $size >= 1000 && $unit < count($units) - 1; $unit++) {
            $size /= 1000;
        }
        return ($unit === 0 ? (string) $bytes : number_format($size, 1)) . ' ' . $units[$unit];
    }

    /** @return array{string, string} class and words for a file's status */
    public static function status(int $status): array
    {
        return match (true) {
            $status > 0 => ['good', 'validated'],
            $status === 0 => ['open', 'indexed'],
            $status === -2 => ['bad', 'QC failed'],
            $status === -3 => ['bad', 'metadata issue'],
            default => ['bad', "status {$status}"],
        };
    }

    /** @param array<string, mixed> $values */
    public static function render(string $template, array $values): string
    {
        extract($values, EXTR_SKIP);
        ob_start();
        require self::TEMPLATES . "/{$template}.php";
        return (string) ob_get_clean();
    }
}
