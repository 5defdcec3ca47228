# An application in Perl as a container, made of its sources: ENTRY is what is started, MODULES are
# those it loads that perl-base has not.
FROM epos/builder AS builder
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends perl >/dev/null
ARG MODULES=
RUN closure /out /usr/bin/perl /usr/lib/x86_64-linux-gnu/perl-base \
    $(perl $(printf -- '-M%s ' DynaLoader $MODULES) \
        -e 'print "$_\n" for grep m{^/}, values %INC, @DynaLoader::dl_shared_objects')
COPY . /out/app/

FROM epos/base
RUN echo 'app:x:4000:4000::/nonexistent:/bin/false' >>/etc/passwd && echo 'app:x:4000:' >>/etc/group
COPY --from=builder /out /
ARG ENTRY
ARG PORT=4000
ARG HEALTH=/
ENV ENTRY=$ENTRY PORT=$PORT HEALTH=$HEALTH LC_ALL=C
RUN perl -c "/app/$ENTRY"
USER app
EXPOSE $PORT
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s --retries=3 \
    CMD wget -q -T 15 -O /dev/null "http://127.0.0.1:$PORT$HEALTH"
ENTRYPOINT ["/bin/sh", "-c", "exec perl \"/app/$ENTRY\" \"$@\"", "sh"]
