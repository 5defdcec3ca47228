# shellcheck shell=sh
# What make-cluster and the entrypoint do to a cluster while no server runs on it.
sql=/usr/share/epos
config=/etc/postgresql/postgresql.conf
stations=gnss-europe-v0-2-14
gateway=gnss-europe-gateway

single() {  # run SQL from stdin in database $2 of cluster $1, with no server and no socket
    # Only stderr tells of an error in this mode: FATAL on the first one.
    answer "$1" "$2" >/dev/null
}

answer() {  # the same, with what it answers
    # -j: a statement ends at a semicolon followed by an empty line, so that a file is one.
    postgres --single -j -D "$1" -c config_file="$config" -c exit_on_error=on \
        -c client_min_messages=warning -c log_checkpoints=off -c fsync="${fsync:-on}" "$2"
}

migrate() {  # database $2 of cluster $1: what its schema_version does not have yet, in order
    had=$({
        printf 'create table if not exists schema_version (number integer primary key,'
        printf ' name text not null, applied_at timestamp not null default now());\n\n'
        printf "select '<' || coalesce(max(number), 0) || '>' as had from schema_version;\n"
    } | answer "$1" "$2" | sed -n 's/.*"<\([0-9]*\)>".*/\1/p')
    [ -n "$had" ] || return 1
    for file in "$sql"/migrations/*.sql; do
        name=$(basename "$file" .sql)
        number=$(number_of "$name")
        if [ "$number" -le "$had" ]; then continue; fi
        {
            printf 'begin;\n\n'
            cat "$file"
            printf "\n\ninsert into schema_version values (%s, '%s');\n\ncommit;\n" \
                "$number" "${name#*-}"
        } | single "$1" "$2"
    done
    cat "$sql/roles.sql" "$sql/grants.sql" | single "$1" "$2"
}

newest() {  # the number of the last migration there is
    for file in "$sql"/migrations/*.sql; do last=$(basename "$file" .sql); done
    number_of "$last"
}

number_of() {  # a migration, whose name begins with four digits; 0012 would be octal
    echo $((1${1%%-*} - 10000))
}
