// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import dev.holdfast.node.cleanup.RemovalSettings;
import dev.holdfast.node.cluster.MembershipConfig;
import dev.holdfast.node.config.ConfigValues.Value;
import dev.holdfast.node.config.NodeConfig.Address;
import dev.holdfast.node.http.HttpLimits;
import dev.holdfast.node.repair.RepairSettings;
import dev.holdfast.node.store.CollectorSettings;
import dev.holdfast.protocol.DurationText;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** From texts to the typed config. Goes on after an error, so that all are told at once. */
final class ConfigReader {
  private static final int PORT_MAX = 65_535;

  /** Of anything that is counted by its keys: more do not fit into the memory of a node. */
  private static final int ENTRIES_MAX = 100_000_000;

  private static final Duration RETENTION_MAX = Duration.ofDays(3_650);

  private final List<String> errors = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final ConfigValues values = new ConfigValues(errors);

  ConfigReader(
      Optional<Path> file, Map<String, String> environment, Map<String, NodeConfig.Flag> flags) {
    file.ifPresent(values::readFile);
    values.readEnvironment(environment);
    values.readFlags(flags);
  }

  NodeConfig read() throws ConfigException {
    Address none = new Address("127.0.0.1", 0);
    String id = required("node.id", ConfigReader::id, "");
    Path data = required("node.data", Path::of, Path.of(""));
    Address api = value("node.api", ConfigReader::address).orElse(none);
    Address peer = nextTo(api, 1, "node.peer");
    Address raft = nextTo(api, 2, "node.raft");
    Optional<Cidr> insecure = value("network.insecureCidr", Cidr::parse);
    checkReach("node.api", api, insecure);
    checkReach("node.peer", peer, insecure);
    checkReach("node.raft", raft, insecure);
    NodeConfig config =
        new NodeConfig(
            id,
            data,
            api,
            value("node.publicApi", ConfigReader::address).orElse(api),
            peer,
            raft,
            pairs("node.labels"),
            value("node.capacity", text -> atLeast(1, SizeText.parse(text))),
            founders(),
            list("cluster.join"),
            value("cluster.secretFile", Path::of).orElse(data.resolve("secret")),
            value("coordinator", text -> text).orElse(""),
            texts("raft."),
            membership(),
            texts("zookeeper."),
            texts("backend."),
            count("objects.copies", 1, 9),
            value("objects.chunkSize", text -> within(64 << 10, 2 << 20, SizeText.parse(text)))
                .orElse(0L),
            value("objects.tombstoneRetention", ConfigReader::retention).orElse(Duration.ZERO),
            size("map.maxStateSize", 1, Long.MAX_VALUE),
            coordination(),
            repair(),
            cleanup(),
            removals(),
            value("placement.policy", text -> policy(text, "placement-rendezvous/default"))
                .orElse(""),
            mergePolicies(),
            value("cleanup.policy", text -> policy(text, "cleanup-standard/default")).orElse(""),
            limits(),
            plugins(),
            value("log.level", text -> oneOf(text, "error", "warn", "info", "debug", "trace"))
                .orElse("info"),
            value("log.format", text -> oneOf(text, "text", "json")).orElse("text"),
            warnings);
    if (!errors.isEmpty()) {
      throw new ConfigException(errors);
    }
    return config;
  }

  private MembershipConfig membership() {
    return new MembershipConfig(
        value("cluster.discovery", MembershipConfig.Discovery::parse),
        duration("cluster.discoveryInterval"),
        duration("cluster.healthCheckInterval"),
        duration("cluster.healthCheckTimeout"),
        count("cluster.maxFailedHealthChecks", 1, 1_000),
        duration("membership.replaceAfter"),
        value("membership.spreadLabel", text -> text).orElse(""));
  }

  private CoordinationLimits coordination() {
    return new CoordinationLimits(
        count("session.maxPerNode", 1, ENTRIES_MAX),
        count("lock.max", 1, ENTRIES_MAX),
        count("counter.max", 1, ENTRIES_MAX),
        count("latch.max", 1, ENTRIES_MAX),
        count("barrier.max", 1, ENTRIES_MAX),
        size("socket.maxUnread", 1 << 20, Long.MAX_VALUE),
        size("socket.maxPending", 1 << 20, Long.MAX_VALUE));
  }

  private RepairSettings repair() {
    return new RepairSettings(
        duration("repair.auditEvery"),
        duration("repair.deadAfter"),
        size("repair.bytesPerSecond", 1 << 20, Long.MAX_VALUE),
        count("repair.keysAtOnce", 1, 64));
  }

  private CollectorSettings cleanup() {
    return new CollectorSettings(
        duration("cleanup.every"),
        duration("cleanup.grace"),
        duration("cleanup.trashGrace"),
        size("cleanup.bytesPerSecond", 1 << 20, Long.MAX_VALUE));
  }

  private RemovalSettings removals() {
    return new RemovalSettings(
        duration("cleanup.policyEvery"),
        value("cleanup.policyMode", text -> oneOf(text, "plan", "run"))
            .filter("run"::equals)
            .isPresent(),
        size("cleanup.overhead", 0, Long.MAX_VALUE));
  }

  private HttpLimits limits() {
    return new HttpLimits(
        (int) size("http.headerSize", 1 << 10, 1 << 20),
        count("http.headers", 8, 1_000),
        duration("http.headersTimeout"),
        duration("http.idleTimeout"),
        duration("http.stallTimeout"),
        (int) size("http.jsonSize", 1 << 10, 16 << 20),
        size("http.bodySize", 1 << 10, Long.MAX_VALUE),
        count("http.requests", 1, 1_000_000),
        count("http.connections", 2, 1_000_000),
        count("http.connectionsPerAddress", 1, 1_000_000),
        hosts());
  }

  private Set<String> hosts() {
    Set<String> hosts = new LinkedHashSet<>();
    for (String host : values.get("http.hosts").map(Value::items).orElse(List.of())) {
      if (host.matches("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]+]")) {
        hosts.add(host);
      } else {
        fail("http.hosts", "a name without a port is needed, not '" + host + "'");
      }
    }
    return hosts;
  }

  private long size(String key, long min, long max) {
    return value(key, text -> within(min, max, SizeText.parse(text))).orElse(min);
  }

  private Duration duration(String key) {
    return value(
            key,
            text -> {
              Duration duration = DurationText.parse(text);
              within(1, 86_400_000, duration.toMillis());
              return duration;
            })
        .orElse(Duration.ofSeconds(1));
  }

  /** Longer than other durations: nodes may be away for weeks. */
  private static Duration retention(String text) {
    Duration duration = DurationText.parse(text);
    within(1, RETENTION_MAX.toMillis(), duration.toMillis());
    return duration;
  }

  private int count(String key, int min, int max) {
    return value(key, text -> (int) within(min, max, Long.parseLong(text))).orElse(min);
  }

  private <T> T required(String key, Function<String, T> parser, T whenMissing) {
    if (values.get(key).isEmpty()) {
      errors.add(
          "%s is needed: --%s, %s in the environment, or %s in the file of --config"
              .formatted(key, key.substring(key.indexOf('.') + 1), line(key).variable(), key));
      return whenMissing;
    }
    return value(key, parser).orElse(whenMissing);
  }

  /** Empty when there is neither value nor default, or when it is wrong, which is noted. */
  private <T> Optional<T> value(String key, Function<String, T> parser) {
    ConfigKey line = line(key);
    Optional<Value> given = values.get(key);
    String text = given.map(Value::text).orElse(line.fallback());
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(parser.apply(text));
    } catch (NumberFormatException e) {
      fail(key, "a whole number is needed, not '" + text + "'");
    } catch (IllegalArgumentException e) {
      fail(key, String.valueOf(e.getMessage()));
    }
    return Optional.empty();
  }

  private static ConfigKey line(String key) {
    return ConfigKeys.ALL.stream()
        .filter(one -> one.name().equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(key + " is not in the table"));
  }

  private void fail(String key, String why) {
    String place = values.get(key).map(Value::place).orElse("the default");
    errors.add(place + ": " + key + ": " + why);
  }

  private List<String> list(String key) {
    List<String> items = values.get(key).map(Value::items).orElse(List.of());
    for (String item : items) {
      try {
        address(item);
      } catch (IllegalArgumentException e) {
        fail(key, String.valueOf(e.getMessage()));
      }
    }
    return items;
  }

  private Map<String, String> pairs(String key) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String item : values.get(key).map(Value::items).orElse(List.of())) {
      int equals = item.indexOf('=');
      if (equals < 1) {
        fail(key, "name=value is needed, not '" + item + "'");
      } else if (pairs.put(item.substring(0, equals), item.substring(equals + 1)) != null) {
        fail(key, "'" + item.substring(0, equals) + "' stands there twice");
      }
    }
    return pairs;
  }

  private Map<String, String> founders() {
    Map<String, String> founders = pairs("cluster.found");
    founders.forEach((id, address) -> {
      try {
        id(id);
        address(address);
      } catch (IllegalArgumentException e) {
        fail("cluster.found", String.valueOf(e.getMessage()));
      }
    });
    return founders;
  }

  private Map<String, String> texts(String prefix) {
    Map<String, String> texts = new LinkedHashMap<>();
    values.below(prefix).forEach((key, value) -> texts.put(key, value.text()));
    return texts;
  }

  private Map<String, Map<String, Object>> plugins() {
    Map<String, Map<String, Object>> plugins = new LinkedHashMap<>();
    values
        .below("plugins.")
        .forEach((key, value) -> {
          int dot = key.indexOf('.');
          if (dot < 0) {
            errors.add(value.place() + ": plugins." + key + ": a map of keys is needed");
            return;
          }
          plugins
              .computeIfAbsent(key.substring(0, dot), _ -> new LinkedHashMap<>())
              .put(key.substring(dot + 1), value.scalar() == null ? value.text() : value.scalar());
        });
    return plugins;
  }

  /** Without TLS a node listens to its own machine only, unless its operator names a range. */
  private void checkReach(String key, Address address, Optional<Cidr> insecure) {
    try {
      InetAddress resolved = InetAddress.getAllByName(address.host())[0];
      if (resolved.isLoopbackAddress()) {
        return;
      }
      if (insecure.isPresent() && insecure.get().contains(resolved)) {
        warnings.add(
            key
                + " "
                + address
                + " is open to the network without TLS (network.insecureCidr): whoever reaches it"
                + " can read and change everything");
        return;
      }
      fail(
          key,
          address
              + " is not a loopback address, and there is no TLS yet. Listen on 127.0.0.1, or"
              + " accept the risk with --insecure-network CIDR (network.insecureCidr) that covers"
              + " it");
    } catch (UnknownHostException e) {
      fail(key, "the host '" + address.host() + "' is unknown");
    }
  }

  private Address nextTo(Address api, int ports, String key) {
    Optional<Address> given = value(key, ConfigReader::address);
    Address next = new Address(api.host(), api.port() + ports);
    if (given.isEmpty() && values.get(key).isEmpty() && next.port() > PORT_MAX) {
      fail(key, "there is no port " + next.port() + ", so it needs a HOST:PORT of its own");
      return api;
    }
    return given.orElse(next);
  }

  private static String id(String text) {
    if (!text.matches("[a-z0-9-]{1,64}")) {
      throw new IllegalArgumentException(
          "a node id is 1 to 64 characters of a-z, 0-9 and -, not '" + text + "'");
    }
    return text;
  }

  private List<String> mergePolicies() {
    List<String> policies = new ArrayList<>();
    for (String name : values.get("merge.policies").map(Value::items).orElse(List.of())) {
      try {
        policies.add(policy(name, "merge-json/default"));
      } catch (IllegalArgumentException e) {
        fail("merge.policies", String.valueOf(e.getMessage()));
      }
    }
    return policies;
  }

  private static String policy(String text, String example) {
    if (!text.matches("[a-z0-9-]{1,64}/[a-z0-9-]{1,64}")) {
      throw new IllegalArgumentException(
          "PLUGIN/POLICY is needed, e.g. " + example + ", not '" + text + "'");
    }
    return text;
  }

  private static Address address(String text) {
    int colon = text.lastIndexOf(':');
    if (text.matches("[^\\s,/=]+:[0-9]{1,5}")) {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (port > 0 && port <= PORT_MAX) {
        return new Address(text.substring(0, colon), port);
      }
    }
    throw new IllegalArgumentException("an address is HOST:PORT, not '" + text + "'");
  }

  private static String oneOf(String text, String... allowed) {
    if (!List.of(allowed).contains(text)) {
      throw new IllegalArgumentException(
          "one of " + String.join(", ", allowed) + " is needed, not '" + text + "'");
    }
    return text;
  }

  private static long atLeast(long min, long number) {
    return within(min, Long.MAX_VALUE, number);
  }

  private static long within(long min, long max, long number) {
    if (number < min || number > max) {
      throw new IllegalArgumentException(
          "a number from " + min + " to " + max + " is needed, not " + number);
    }
    return number;
  }
}
