<?php
declare(strict_types=1);

namespace Portal;

/** What the environment variables say; app.yaml describes each. The entrypoint has checked them. */
final readonly class Settings
{
    public function __construct(
        public string $databaseAddress,
        public int $databasePort,
        public string $databaseName,
        public string $databaseUser,
        public string $databasePasswordFile,
        public string $glassUrl,
        public string $keyFile,
    ) {
    }

    public static function fromEnvironment(): self
    {
        $value = static fn (string $name, string $otherwise = ''): string =>
            getenv($name) ?: $otherwise;
        return new self(
            databaseAddress: $value('DATABASE_ADDRESS'),
            databasePort: (int) $value('DATABASE_PORT', '5432'),
            databaseName: $value('PRODUCTS_DATABASE_NAME', 'products_queue'),
            databaseUser: $value('DATABASE_USER', 'epos_app'),
            databasePasswordFile: $value('DATABASE_PASSWORD_FILE'),
            glassUrl: sprintf(
                'http://%s:%s/GlassFramework/webresources',
                $value('GLASS_ADDRESS'),
                $value('GLASS_PORT', '8080'),
            ),
            keyFile: $value('PORTAL_STATE', '/var/lib/portal') . '/app.key',
        );
    }
}
