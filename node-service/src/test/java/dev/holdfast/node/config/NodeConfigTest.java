// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.node.cluster.MembershipConfig;
import dev.holdfast.node.config.NodeConfig.Address;
import dev.holdfast.node.config.NodeConfig.Flag;
import dev.holdfast.node.http.HttpLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NodeConfigTest {
  private static final String NEEDED = "node:\n  id: n1\n  data: /tmp/n1\n";

  @TempDir Path temp;
  private final Map<String, String> environment = new TreeMap<>();
  private final Map<String, Flag> flags = new TreeMap<>();

  private NodeConfig read(String yaml) throws ConfigException {
    Path file = temp.resolve("holdfast.yaml");
    try {
      Files.writeString(file, yaml);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return NodeConfig.read(Optional.of(file), environment, flags);
  }

  private List<String> errors(String yaml) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> read(yaml));
    assertThat(e).as("the config was accepted").isNotNull();
    return e.errors();
  }

  private String onlyError(String yaml) {
    List<String> errors = errors(yaml);
    assertThat(errors).hasSize(1);
    return errors.getFirst();
  }

  @Test
  void clientsAreToldThePublicAddressWhereOneIsSet() throws Exception {
    Map<String, String> behindAPort =
        Map.of(
            "HOLDFAST_NODE_ID", "n1",
            "HOLDFAST_NODE_DATA", "/tmp/n1",
            "HOLDFAST_NODE_API", "127.0.0.1:7600",
            "HOLDFAST_NODE_PUBLICAPI", "store.example:17600");

    NodeConfig config = NodeConfig.read(Optional.empty(), behindAPort, Map.of());

    assertThat(config.api()).hasToString("127.0.0.1:7600");
    assertThat(config.publicApi()).hasToString("store.example:17600");
  }

  @Test
  void eachBackendGetsItsOwnOptions() throws Exception {
    String options =
        """
        raft: {leaseTtl: 5s}
        zookeeper: {connect: "zk1:2181"}
        backend: {endpoint: "a:1"}
        """;

    assertThat(read(NEEDED + "coordinator: raft\n" + options).coordinatorOptions())
        .isEqualTo(Map.of("leaseTtl", "5s"));
    assertThat(read(NEEDED + "coordinator: zookeeper\n" + options).coordinatorOptions())
        .isEqualTo(Map.of("connect", "zk1:2181"));
    assertThat(read(NEEDED + "coordinator: notes\n" + options).coordinatorOptions())
        .isEqualTo(Map.of("endpoint", "a:1"));
  }

  @Test
  void refusesAPlacementPolicyThatCannotBeOne() {
    assertThat(onlyError(NEEDED + "placement: {policy: nonsense}"))
        .contains("placement.policy")
        .contains("PLUGIN/POLICY is needed");
  }

  @Test
  void readsMergePoliciesInTheirOrderAndHasNoneByDefault() throws Exception {
    assertThat(read(NEEDED).mergePolicies()).isEmpty();
    assertThat(read(NEEDED + "merge: {policies: [b/default, a/x]}").mergePolicies())
        .containsExactly("b/default", "a/x");
    assertThat(onlyError(NEEDED + "merge: {policies: [a/x, nonsense]}"))
        .contains("merge.policies")
        .contains("PLUGIN/POLICY is needed, e.g. merge-json/default");
  }

  @Test
  void readsHowMembersAreWatchedOver() throws Exception {
    MembershipConfig membership =
        read(NEEDED
                + "cluster: {discovery: 'dns:peers.example:7601', discoveryInterval: 30s,"
                + " healthCheckInterval: 2s, healthCheckTimeout: 3s, maxFailedHealthChecks: 5}\n"
                + "membership: {replaceAfter: 1m, spreadLabel: rack}")
            .membership();

    assertThat(membership)
        .isEqualTo(
            new MembershipConfig(
                Optional.of(new MembershipConfig.Discovery.Dns("peers.example", 7601)),
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                5,
                Duration.ofMinutes(1),
                "rack"));
    assertThat(onlyError(NEEDED + "cluster: {discovery: somewhere}")).contains("file:PATH");
  }

  @Test
  void readsEveryKey() throws ConfigException {
    NodeConfig config =
        read(
            """
            node:
              id: n-1
              data: /var/lib/hold fast, 1
              api: 127.0.0.1:7700
              peer: "[::1]:7800"
              raft: localhost:7900
              labels: {rack: r12, zone: 1}
              capacity: 20GiB
            cluster:
              found: ["n-1=127.0.0.1:7701", "n-2=127.0.0.1:7711"]
              join: [127.0.0.1:7721]
              secretFile: /etc/holdfast/secret
            coordinator: zookeeper
            raft:
              snapshotEntries: 1000
              leaseTtl: 5s
            objects: {copies: 2, chunkSize: 64KiB}
            placement: {policy: racks/spread}
            http:
              headerSize: 32KiB
              headers: 100
              headersTimeout: 250ms
              idleTimeout: 2m
              stallTimeout: 1h
              jsonSize: 1MiB
              bodySize: 1GiB
              requests: 10
              connections: 20
              connectionsPerAddress: 5
              hosts: [hold.example, hf]
            plugins:
              racks: {depth: 2, weight: 0.5, strict: true, name: "2", nested: {a: b}}
            log: {level: debug, format: json}
            """);

    assertThat(config.id()).isEqualTo("n-1");
    assertThat(config.data()).isEqualTo(Path.of("/var/lib/hold fast, 1"));
    assertThat(config.api()).isEqualTo(new Address("127.0.0.1", 7700));
    assertThat(config.peer()).isEqualTo(new Address("[::1]", 7800));
    assertThat(config.raftAddress()).isEqualTo(new Address("localhost", 7900));
    assertThat(config.labels()).isEqualTo(Map.of("rack", "r12", "zone", "1"));
    assertThat(config.capacityBytes()).contains(20L << 30);
    assertThat(config.found()).isEqualTo(Map.of("n-1", "127.0.0.1:7701", "n-2", "127.0.0.1:7711"));
    assertThat(config.join()).containsExactly("127.0.0.1:7721");
    assertThat(config.secretFile()).isEqualTo(Path.of("/etc/holdfast/secret"));
    assertThat(config.coordinator()).isEqualTo("zookeeper");
    assertThat(config.raft()).isEqualTo(Map.of("snapshotEntries", "1000", "leaseTtl", "5s"));
    assertThat(config.copies()).isEqualTo(2);
    assertThat(config.chunkBytes()).isEqualTo(64 << 10);
    assertThat(config.placementPolicy()).isEqualTo("racks/spread");
    assertThat(config.http())
        .isEqualTo(
            new HttpLimits(
                32 << 10,
                100,
                Duration.ofMillis(250),
                Duration.ofMinutes(2),
                Duration.ofHours(1),
                1 << 20,
                1L << 30,
                10,
                20,
                5,
                Set.of("hold.example", "hf")));
    assertThat(config.plugins())
        .isEqualTo(
            Map.of(
                "racks",
                Map.of("depth", 2L, "weight", 0.5, "strict", true, "name", "2", "nested.a", "b")));
    assertThat(config.logLevel()).isEqualTo("debug");
    assertThat(config.logFormat()).isEqualTo("json");
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void hasDefaultsForAllButTheNameAndTheFolder() throws ConfigException {
    NodeConfig config = read(NEEDED);

    assertThat(config.api()).isEqualTo(new Address("127.0.0.1", 7600));
    assertThat(config.peer()).isEqualTo(new Address("127.0.0.1", 7601));
    assertThat(config.raftAddress()).isEqualTo(new Address("127.0.0.1", 7602));
    assertThat(config.secretFile()).isEqualTo(Path.of("/tmp/n1/secret"));
    assertThat(config.http()).isEqualTo(HttpLimits.DEFAULT);
    assertThat(config.coordinator()).isEqualTo("raft");
    assertThat(config.copies()).isEqualTo(3);
    assertThat(config.chunkBytes()).isEqualTo(1 << 20);
    assertThat(config.raft()).isEmpty();
  }

  @Test
  void tellsAllErrorsAtOnceWithTheirPlaces() {
    environment.put("HOLDFAST_OBJECTS_COPIES", "0");
    flags.put("log.level", new Flag("--log-level", "loud"));

    assertThat(
            errors(
                """
                node:
                  id: N1
                  apj: 127.0.0.1:1
                  capacity: 20GB
                http:
                  idleTimeout: 30
                  headers: many
                cluster:
                  found: [n1]
                """))
        .satisfiesExactlyInAnyOrder(
            e -> assertThat(e).startsWith("holdfast.yaml:3:3: ").contains("node.apj", "'node.api'"),
            e ->
                assertThat(e)
                    .isEqualTo(
                        "node.data is needed: --data, HOLDFAST_NODE_DATA in the environment, or node.data in the file of --config"),
            e -> assertThat(e).startsWith("holdfast.yaml:2:7: node.id: ").contains("'N1'"),
            e -> assertThat(e).startsWith("holdfast.yaml:4:13: node.capacity: ").contains("20GB"),
            e -> assertThat(e).startsWith("holdfast.yaml:6:16: http.idleTimeout: ").contains("30"),
            e -> assertThat(e).startsWith("holdfast.yaml:7:12: http.headers: ").contains("many"),
            e -> assertThat(e).startsWith("holdfast.yaml:9:10: cluster.found: ").contains("n1"),
            e -> assertThat(e).startsWith("HOLDFAST_OBJECTS_COPIES: objects.copies: "),
            e -> assertThat(e).startsWith("--log-level: log.level: ").contains("'loud'"));
  }

  @Test
  void suggestsTheNearestKey() {
    assertThat(onlyError(NEEDED + "htpp: {headers: 64}")).contains("unknown key 'htpp'");
    assertThat(onlyError(NEEDED + "http: {header: 64}")).contains("did you mean 'http.headers'?");
    assertThat(onlyError(NEEDED + "wholly: different")).contains("docs/reference/config.md");

    environment.put("HOLDFAST_NODE_APJ", "x");
    assertThat(onlyError(NEEDED))
        .isEqualTo("HOLDFAST_NODE_APJ: no such key; did you mean 'HOLDFAST_NODE_API'?");
    environment.clear();
    flags.put("node.apj", new Flag("--apj", "x"));
    assertThat(onlyError(NEEDED)).startsWith("--apj: ").contains("did you mean 'node.api'?");
  }

  @Test
  void leavesVariablesOfOthersAlone() throws ConfigException {
    environment.put("HOLDFAST_JVM_OPTS", "-Xmx1g");
    environment.put("PATH", "/bin");

    assertThat(read(NEEDED).id()).isEqualTo("n1");
  }

  @Test
  void prefersFlagsToTheEnvironmentToTheFile() throws ConfigException {
    String file = NEEDED + "objects: {copies: 1}\nlog: {level: warn}\nhttp: {headers: 10}\n";
    environment.put("HOLDFAST_OBJECTS_COPIES", "2");
    environment.put("HOLDFAST_LOG_LEVEL", "debug");
    flags.put("objects.copies", new Flag("--copies", "5"));

    NodeConfig config = read(file);
    assertThat(config.copies()).isEqualTo(5);
    assertThat(config.logLevel()).isEqualTo("debug");
    assertThat(config.http().headers()).isEqualTo(10);
  }

  @Test
  void readsListsAndTextsFromFlags() throws ConfigException {
    flags.put("cluster.join", new Flag("--join", "127.0.0.1:1, 127.0.0.1:2"));
    flags.put("node.labels", new Flag("--labels", "rack=r1,zone=z=1"));
    flags.put("node.data", new Flag("--data", "/tmp/a, b"));
    flags.put("raft.leaseTtl", new Flag("--set", "4s"));

    NodeConfig config = read(NEEDED);
    assertThat(config.join()).containsExactly("127.0.0.1:1", "127.0.0.1:2");
    assertThat(config.labels()).isEqualTo(Map.of("rack", "r1", "zone", "z=1"));
    assertThat(config.data()).isEqualTo(Path.of("/tmp/a, b"));
    assertThat(config.raft()).isEqualTo(Map.of("leaseTtl", "4s"));
  }

  @ParameterizedTest
  @CsvSource({"1B,1", "64KiB,65536", "1MiB,1048576", "20GiB,21474836480", "8TiB,8796093022208"})
  void readsSizes(String text, long bytes) {
    assertThat(SizeText.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1KB", "1kib", "-1B", "1.5MiB", "1 MiB", "9999999999TiB", "MiB"})
  void refusesOtherSizes(String text) {
    assertThatThrownBy(() -> SizeText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10", "0ms", "-1s", "1d", "25h", "1.5s", "s"})
  void refusesOtherDurations(String text) {
    assertThat(onlyError(NEEDED + "http: {idleTimeout: \"" + text + "\"}"))
        .startsWith("holdfast.yaml:4:21: http.idleTimeout: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        ":7600",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:x",
        "127.0.0.1:1,127.0.0.1:2",
        "n1=127.0.0.1:1"
      })
  void refusesAddressesThatAreNone(String text) {
    assertThat(onlyError(NEEDED + "  api: '" + text + "'"))
        .startsWith("holdfast.yaml:4:8: node.api: ")
        .contains("HOST:PORT");
    assertThat(onlyError(NEEDED + "cluster: {join: ['" + text + "']}"))
        .startsWith("holdfast.yaml:4:17: cluster.join: ")
        .contains("HOST:PORT");
  }

  @Test
  void asksForThePortsThatCannotBeNextToTheApi() throws ConfigException {
    assertThat(onlyError(NEEDED + "  api: 127.0.0.1:65534"))
        .isEqualTo(
            "the default: node.raft: there is no port 65536, so it needs a HOST:PORT of its own");
    assertThat(errors(NEEDED + "  api: 127.0.0.1:65535")).hasSize(2);
    assertThat(
            read(NEEDED + "  api: 127.0.0.1:65535\n  peer: localhost:1\n  raft: localhost:2")
                .peer())
        .isEqualTo(new Address("localhost", 1));
  }

  @Test
  void listensBeyondLoopbackOnlyWhereItsOperatorSaysSo() throws ConfigException {
    String open = NEEDED + "  api: 10.1.2.3:7600\n";
    assertThat(errors(open))
        .hasSize(3)
        .allSatisfy(e -> assertThat(e).contains("not a loopback address", "--insecure-network"));

    flags.put("network.insecureCidr", new Flag("--insecure-network", "10.2.0.0/16"));
    assertThat(errors(open)).hasSize(3);

    flags.put("network.insecureCidr", new Flag("--insecure-network", "10.1.0.0/16"));
    assertThat(read(open).warnings())
        .hasSize(3)
        .allSatisfy(w -> assertThat(w).contains("without TLS"));

    // Loopback stays loopback, also with a range that does not cover it.
    assertThat(read(NEEDED).warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,10.255.0.1,true",
    "10.0.0.0/8,11.0.0.1,false",
    "10.1.2.128/25,10.1.2.127,false",
    "10.1.2.128/25,10.1.2.129,true",
    "0.0.0.0/0,8.8.8.8,true",
    "10.1.2.3/32,10.1.2.3,true",
    "10.1.2.3/32,10.1.2.2,false",
    "fd00::/8,fd12::1,true",
    "fd00::/8,fe80::1,false",
    "fd00::/8,10.0.0.1,false"
  })
  void knowsWhatARangeCovers(String range, String address, boolean covered) throws Exception {
    assertThat(Cidr.parse(range).contains(java.net.InetAddress.getByName(address)))
        .isEqualTo(covered);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "/8", "host/8", "10.0.0.0/x"})
  void refusesOtherRanges(String text) {
    flags.put("network.insecureCidr", new Flag("--insecure-network", text));

    assertThat(onlyError(NEEDED))
        .startsWith("--insecure-network: network.insecureCidr: ")
        .contains("'" + text + "'");
  }

  @Test
  void refusesAKeyThatStandsThereTwice() {
    assertThat(onlyError(NEEDED + "log: {level: warn, level: debug}"))
        .startsWith("holdfast.yaml:4:")
        .contains("level");
    assertThat(onlyError(NEEDED + "log: {level: warn}\nlog: {format: json}"))
        .startsWith("holdfast.yaml:5:1: ")
        .contains("log");
    assertThat(onlyError(NEEDED + "  labels: {rack: a, rack: b}")).contains("rack");
  }

  @Test
  void refusesFilesThatAreNoConfig() {
    assertThat(onlyError(NEEDED + "plugins: &p {a: {b: *p}}")).contains("holdfast.yaml");
    assertThat(errors("just text").getFirst()).startsWith("holdfast.yaml:1:1: ");
    assertThat(errors("node: [").getFirst()).startsWith("holdfast.yaml:1:");
    assertThat(errors("- a\n- b").getFirst()).startsWith("holdfast.yaml:1:1: ");
    assertThat(errors("node: n1").getFirst()).startsWith("holdfast.yaml:1:");
    assertThat(onlyError(NEEDED + "http: 5"))
        .isEqualTo("holdfast.yaml:4:7: a map of keys is needed below http");
    assertThat(onlyError(NEEDED + "plugins: [a]")).startsWith("holdfast.yaml:4:10: a map");
    assertThat(errors(NEEDED + "#" + "x".repeat(ConfigValues.FILE_BYTES_MAX)).getFirst())
        .contains("larger than");
    assertThatThrownBy(
            () -> NodeConfig.read(Optional.of(temp.resolve("none.yaml")), Map.of(), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.yaml: cannot be read");
  }
}
