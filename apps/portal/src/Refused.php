<?php
declare(strict_types=1);

namespace Portal;

/** The visitor asked for something that cannot be; the message is for them. */
final class Refused extends \RuntimeException
{
    public function __construct(public readonly int $status, string $message)
    {
        parent::__construct($message);
    }
}
