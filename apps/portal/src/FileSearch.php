<?php
declare(strict_types=1);

namespace Portal;

/** Which files are asked for: of one station, or of all within some days. */
final readonly class FileSearch
{
    private function __construct(
        public string $marker,
        public string $from,
        public string $to,
        public bool $validated,
    ) {
    }

    public static function of(string $marker): self
    {
        return new self($marker, '', '', false);
    }

    /**
     * Reads the form of /files.
     *
     * @param array<string, mixed> $form
     * @throws Refused where a value cannot be
     */
    public static function fromForm(array $form): self
    {
        $text = static fn (string $name): string =>
            is_string($form[$name] ?? null) ? trim($form[$name]) : '';
        $marker = $text('marker') === '' ? '' : Marker::parse($text('marker'));
        $from = self::day($text('from'));
        $to = self::day($text('to'));
        if ($marker === '' && ($from === '') !== ($to === '')) {
            throw new Refused(400, 'Give a marker, or both a first and a last day.');
        }
        if ($from !== '' && $to !== '' && $to < $from) {
            throw new Refused(400, 'The last day is before the first.');
        }
        return new self($marker, $from, $to, $text('validated') === '1');
    }

    public function isEmpty(): bool
    {
        return $this->marker === '' && $this->from === '';
    }

    /** The path of GLASS's API that answers this. */
    public function path(): string
    {
        return $this->marker !== ''
            ? "/files/station-marker/{$this->marker}/json"
            : "/files/date_range/{$this->from},{$this->to}/json";
    }

    /** @return array<string, string> parameters of that path */
    public function parameters(): array
    {
        return array_filter([
            'epoch_start' => $this->marker !== '' ? $this->from : '',
            'epoch_end' => $this->marker !== '' ? $this->to : '',
            'filtervalidatedfiles' => $this->validated ? '1' : '',
        ], static fn (string $value): bool => $value !== '');
    }

    /** @return array<string, string> what the form was filled with */
    public function form(): array
    {
        return array_filter([
            'marker' => $this->marker,
            'from' => $this->from,
            'to' => $this->to,
            'validated' => $this->validated ? '1' : '',
        ], static fn (string $value): bool => $value !== '');
    }

    private static function day(string $text): string
    {
        $parts = [];
        if ($text !== '' && (preg_match('/^(\d{4})-(\d{2})-(\d{2})$/D', $text, $parts) !== 1
            || !checkdate((int) $parts[2], (int) $parts[3], (int) $parts[1]))) {
            throw new Refused(400, 'A day is written as 2018-05-13.');
        }
        return $text;
    }
}
