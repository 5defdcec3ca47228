<?php
declare(strict_types=1);

namespace Portal;

/** Proves that a form that comes back was ours: a token derived from a cookie and our key. */
final readonly class Form
{
    private const COOKIE = '__Host-portal';

    public function __construct(private Settings $settings)
    {
    }

    /** The token for a form of this visitor; sets the cookie at the first time. */
    public function token(): string
    {
        $visitor = $this->visitor();
        if ($visitor === '') {
            $visitor = bin2hex(random_bytes(16));
            setcookie(self::COOKIE, $visitor, [
                'path' => '/', 'secure' => true, 'httponly' => true, 'samesite' => 'Strict',
            ]);
        }
        return $this->sign($visitor);
    }

    /** @throws Refused where the form is not ours */
    public function check(mixed $token): void
    {
        $visitor = $this->visitor();
        if ($visitor === '' || !is_string($token) || !hash_equals($this->sign($visitor), $token)) {
            throw new Refused(403, 'The form is too old; open it again and repeat.');
        }
    }

    private function visitor(): string
    {
        $cookie = $_COOKIE[self::COOKIE] ?? '';
        return is_string($cookie) && preg_match('/^[0-9a-f]{32}$/D', $cookie) === 1 ? $cookie : '';
    }

    private function sign(string $visitor): string
    {
        $key = @file_get_contents($this->settings->keyFile);
        if ($key === false || strlen($key) < 32) {
            throw new Unavailable("application key {$this->settings->keyFile} cannot be read");
        }
        return hash_hmac('sha256', $visitor, $key);
    }
}
