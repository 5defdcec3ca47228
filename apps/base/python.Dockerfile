# An application in Python as a container, made of its sources: ENTRY is what is started,
# REQUIREMENTS (pip's, with hashes) may be empty.
FROM epos/builder AS builder
ARG REQUIREMENTS=
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends python3 ${REQUIREMENTS:+python3-pip} >/dev/null
COPY . /app/
# Downloads are trusted where the machine that builds trusts them: behind a proxy, too.
ARG PIP_INDEX_URL
RUN --mount=type=secret,id=trusted mkdir /packages; [ -z "$REQUIREMENTS" ] \
    || pip install --quiet --no-compile --no-deps --require-hashes --cert /run/secrets/trusted \
        --target /packages --requirement "/app/$REQUIREMENTS"
ARG ENTRY
RUN closure-python /out "/app/$ENTRY" && cp -r /packages /out/

FROM epos/base
RUN echo 'app:x:4000:4000::/nonexistent:/bin/false' >>/etc/passwd && echo 'app:x:4000:' >>/etc/group
COPY --from=builder /out /
ARG ENTRY
ARG PORT=4000
ARG HEALTH=/
ENV ENTRY=$ENTRY PORT=$PORT HEALTH=$HEALTH PYTHONPATH=/packages PYTHONUNBUFFERED=1
USER app
EXPOSE $PORT
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s --retries=3 \
    CMD wget -q -T 15 -O /dev/null "http://127.0.0.1:$PORT$HEALTH"
ENTRYPOINT ["/bin/sh", "-c", "exec python3 \"/app/${ENTRY%.py}.pyc\" \"$@\"", "sh"]
