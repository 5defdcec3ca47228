<?php
declare(strict_types=1);

namespace Portal;

/** GLASS or the database cannot be used at the moment; asking again later may succeed. */
final class Unavailable extends \RuntimeException
{
}
