// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorServer;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.testkit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** A server that takes TLS only from who has a certificate that it trusts. */
@Isolated("The servers read their TLS options from the system properties")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ZkTlsTest {
  private static final String PASSWORD = "changeit";

  @TempDir Path temp;

  private final ZkNodes nodes = new ZkNodes();
  private final Properties before = new Properties();
  private final int securePort = ZkServers.freePorts(1).getFirst();
  private final List<ZkServers> servers = new ArrayList<>();
  private Path password = Path.of("");

  @BeforeEach
  void startTheServer() throws Exception {
    // A server leaves its TLS options in the system properties; a node must not take them for its
    // own.
    before.putAll(System.getProperties());
    password = Files.writeString(temp.resolve("password"), PASSWORD);
    keytool(
        "-genkeypair",
        "-keystore",
        "server.p12",
        "-dname",
        "CN=127.0.0.1",
        "-ext",
        "san=ip:127.0.0.1");
    keytool("-genkeypair", "-keystore", "node.p12", "-dname", "CN=node");
    trust("server", "server-trust.p12", "node.p12");
    trust("node", "node-trust.p12", "server.p12");
    servers.add(
        new ZkServers(
            1,
            Map.of(
                "secureClientPort", "" + securePort,
                "secureClientPortAddress", "127.0.0.1",
                "serverCnxnFactory", "org.apache.zookeeper.server.NettyServerCnxnFactory",
                "ssl.keyStore.location", temp.resolve("server.p12").toString(),
                "ssl.keyStore.passwordPath", password.toString(),
                "ssl.trustStore.location", temp.resolve("server-trust.p12").toString(),
                "ssl.trustStore.passwordPath", password.toString())));
  }

  @AfterEach
  void closes() {
    nodes.close();
    servers.forEach(ZkServers::close);
    System.setProperties(before);
  }

  private void keytool(String... arguments) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(List.of(arguments));
    line.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD, "-alias", "it"));
    if (arguments[0].equals("-genkeypair")) {
      line.addAll(List.of("-keyalg", "EC"));
    }
    Path said = temp.resolve("keytool.log");
    int exitCode =
        new ProcessBuilder(line)
            .directory(temp.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start()
            .waitFor();
    assertThat(exitCode).as(() -> String.join(" ", line)).isZero();
  }

  private void trust(String name, String store, String whom) throws Exception {
    String certificate = name + ".crt";
    keytool("-exportcert", "-keystore", whom, "-file", certificate);
    keytool("-importcert", "-noprompt", "-keystore", store, "-file", certificate);
  }

  private Map<String, String> options(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(nodes.options("127.0.0.1:" + securePort));
    all.put("tls", "true");
    all.put("trustStore", temp.resolve("node-trust.p12").toString());
    all.put("trustStorePasswordFile", password.toString());
    all.putAll(more);
    return all;
  }

  private Map<String, String> withKey() {
    return options(
        Map.of(
            "keyStore", temp.resolve("node.p12").toString(),
            "keyStorePasswordFile", password.toString()));
  }

  @Test
  void aNodeWithACertificateWorksOverTlsAndItsZnodesCanBeItsOwn() {
    Map<String, String> options = new HashMap<>(withKey());
    options.put("aclOwner", "creator");
    ZkCoordinator node = nodes.open("n1", options, Plan.DATA_VERSION_MAX);

    Await.until(ZkNodes.DEADLINE, "it connects", () -> node.status().leader() != null);
    assertThat(node.read(new EntryKey("a/b"), ZkNodes.DEADLINE).isPresent()).isFalse();
    assertThat(node.servers(Duration.ofSeconds(10)))
        .extracting(CoordinatorServer::state)
        .containsExactly(CoordinatorServer.State.STANDALONE);

    ZkCoordinator plain =
        nodes.open("n2", nodes.options(servers.getFirst().connect()), Plan.DATA_VERSION_MAX);
    assertThatThrownBy(() -> plain.read(new EntryKey("a/b"), Duration.ofSeconds(2)))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void aNodeWithoutACertificateIsNotLetIn() {
    ZkCoordinator node = nodes.open("n1", options(Map.of()), Plan.DATA_VERSION_MAX);

    assertThatThrownBy(() -> node.read(new EntryKey("a/b"), Duration.ofSeconds(3)))
        .isInstanceOf(UnavailableException.class);
    assertThat(nodes.failures()).isEmpty();
  }
}
