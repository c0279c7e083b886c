// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.cluster.MembershipConfig.Discovery.Dns;
import dev.holdfast.node.cluster.MembershipConfig.Discovery.PeersFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Peer addresses from a DNS name or a file, looked up again after each interval. What cannot be
 * read keeps what was known before. Thread-safe; may block for a name server or a disk.
 */
public final class Discovery {
  private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);

  /** More than a cluster has; a wrong file must not make this node call half the world. */
  private static final int ADDRESSES_MAX = 128;

  private final Optional<MembershipConfig.Discovery> source;
  private final Duration interval;
  private final LongSupplier nanoTime;
  private Set<String> known = Set.of();
  private long lookedAt;
  private boolean looked;
  private String told = "";

  public Discovery(
      Optional<MembershipConfig.Discovery> source, Duration interval, LongSupplier nanoTime) {
    this.source = source;
    this.interval = interval;
    this.nanoTime = nanoTime;
  }

  boolean isConfigured() {
    return source.isPresent();
  }

  /** Each {@code host:port}. */
  public synchronized Set<String> addresses() {
    long now = nanoTime.getAsLong();
    if (source.isPresent() && (!looked || now - lookedAt >= interval.toNanos())) {
      looked = true;
      lookedAt = now;
      look(source.get());
    }
    return known;
  }

  private void look(MembershipConfig.Discovery from) {
    try {
      Set<String> found =
          switch (from) {
            case Dns dns -> resolve(dns);
            case PeersFile file -> read(file);
          };
      if (!found.equals(known)) {
        LOG.info("Discovery by {} found {}", from, found);
      }
      known = found;
      told = "";
    } catch (IOException e) {
      if (!told.equals(e.toString())) {
        told = e.toString();
        LOG.warn("Discovery by {} keeps {}: {}", from, known, told);
      }
    }
  }

  private static Set<String> resolve(Dns dns) throws UnknownHostException {
    Set<String> found = new LinkedHashSet<>();
    for (InetAddress address : InetAddress.getAllByName(dns.name())) {
      String host = address.getHostAddress();
      found.add((host.contains(":") ? "[" + host + "]" : host) + ":" + dns.port());
    }
    return limited(found);
  }

  private static Set<String> read(PeersFile file) throws IOException {
    Set<String> found = new LinkedHashSet<>();
    List<String> lines = Files.readAllLines(file.file());
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replaceFirst("#.*", "").strip();
      if (line.isEmpty()) {
        continue;
      }
      if (!line.matches("[^\\s,/=]+:[0-9]{1,5}")) {
        throw new IOException("line %d is '%s', not HOST:PORT".formatted(i + 1, line));
      }
      found.add(line);
    }
    return limited(found);
  }

  private static Set<String> limited(Set<String> found) {
    Set<String> some = new LinkedHashSet<>();
    found.stream().limit(ADDRESSES_MAX).forEach(some::add);
    return some;
  }
}
