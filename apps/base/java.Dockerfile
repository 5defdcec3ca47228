# An application in Java as a container, made of its sources below src/main: ENTRY is its main class,
# REQUIREMENTS lists Debian packages whose jars it uses, MODULES those of Java that no class of
# its own names, OPTIONS are the JVM's.
FROM epos/builder AS builder
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends binutils openjdk-21-jdk-headless >/dev/null
WORKDIR /work
COPY . .
ARG REQUIREMENTS=/dev/null
RUN mkdir -p classes /out/app/lib \
    && for package in $(sed 's/#.*//' "$REQUIREMENTS"); do \
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null \
        && cp -t /out/app/lib $(dpkg -L "$package" | grep '^/usr/share/java/[^/]*\.jar$' \
            | xargs realpath | sort -u) || exit 1; \
    done
RUN javac -g:source,lines -d classes -cp '/out/app/lib/*' $(find src -name '*.java') \
    && if [ -d src/main/resources ]; then cp -r src/main/resources/. classes; fi \
    && jar --create --file /out/app/application.jar -C classes .
ARG MODULES=
RUN needed=$(jdeps --ignore-missing-deps --multi-release 21 --no-recursive --print-module-deps \
        --class-path "$(printf '%s:' /out/app/lib/*.jar)" /out/app/application.jar) \
    && jlink --strip-debug --no-header-files --no-man-pages --compress zip-6 \
        --add-modules "$(echo $needed $MODULES | tr ' ' ,)" --output /out/java \
    && strip --strip-all /out/java/lib/server/libjvm.so
# What the JVM needs of the system (ldd /out/java/lib/server/libjvm.so).
RUN cd /usr/lib/x86_64-linux-gnu && closure /out \
    $PWD/libgcc_s.so.1 $PWD/libstdc++.so.6 $PWD/libz.so.1

FROM epos/base
RUN echo 'app:x:4000:4000::/nonexistent:/bin/false' >>/etc/passwd && echo 'app:x:4000:' >>/etc/group
COPY --from=builder /out /
ARG ENTRY
ARG OPTIONS=
ARG PORT=4000
ARG HEALTH=/
# Serial collector and the first compiler only: the quickest start and the least memory.
ENV ENTRY=$ENTRY PORT=$PORT HEALTH=$HEALTH OPTIONS=$OPTIONS LANG=C.UTF-8 MALLOC_ARENA_MAX=1 \
    JAVA="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xss512k"
USER app
EXPOSE $PORT
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s --retries=3 \
    CMD wget -q -T 15 -O /dev/null "http://127.0.0.1:$PORT$HEALTH"
ENTRYPOINT ["/bin/sh", "-c", \
    "exec /java/bin/java $JAVA $OPTIONS -cp '/app/application.jar:/app/lib/*' $ENTRY \"$@\"", "sh"]
