# A Debian that boots systemd, with what the package depends on and what the tests look with.
FROM debian:bookworm-slim
ARG PACKAGES
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends systemd-sysv ${PACKAGES} \
        curl logrotate procps \
 && rm -rf /var/lib/apt/lists/*
# A container's mounts are private; on a machine they are shared, and LoadCredential= needs that.
CMD ["/bin/sh", "-c", "mount --make-rshared / && exec /sbin/init"]
