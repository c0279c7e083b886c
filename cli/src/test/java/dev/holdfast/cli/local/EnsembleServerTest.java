// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.local.EnsembleServer.Address;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EnsembleServerTest {
  private static final List<Address> ENSEMBLE =
      List.of(new Address("10.0.0.1", 2181), new Address("10.0.0.2", 2191));

  @TempDir private static Path temp;

  @Test
  void knowsItselfAndAllOthers() throws IOException {
    Path home = temp.resolve("zk2");

    List<String> command = new EnsembleServer(1, home, ENSEMBLE, 500).prepare(temp);

    assertThat(command).contains(home.resolve("zoo.cfg").toString(), temp.resolve("lib") + "/*");
    assertThat(home.resolve("data").resolve("myid")).hasContent("2");
    assertThat(Files.readAllLines(home.resolve("zoo.cfg")))
        .contains(
            "tickTime=500",
            "clientPortAddress=10.0.0.2",
            "clientPort=2191",
            "server.1=10.0.0.1:2182:2183",
            "server.2=10.0.0.2:2192:2193");
    assertThat(EnsembleServer.connect(ENSEMBLE)).isEqualTo("10.0.0.1:2181,10.0.0.2:2191");
    assertThat(EnsembleServer.id(1)).isEqualTo("zk2");
  }

  /** Z1: the server reads its file as Latin-1 properties. */
  @Test
  void itsDataMayLieBelowAPathThatIsNotAscii() throws IOException {
    for (String path : List.of("/tmp/zä/data", "/tmp/ключ 𝄞/a=b:c#d!", "/tmp/back\\slash\ttab")) {
      String line = "dataDir=" + EnsembleServer.escaped(path) + "\n";
      Properties read = new Properties();

      read.load(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)));

      assertThat(read.getProperty("dataDir")).isEqualTo(path);
    }
  }

  @Test
  void tellsItsModeOnlyWithAMajority() throws Exception {
    assertThat(modeFrom("Zookeeper version: 3.9.5\nMode: leader\nNode count: 5\n"))
        .contains("leader");
    assertThat(modeFrom("This ZooKeeper instance is not currently serving requests\n")).isEmpty();
  }

  @Test
  void aServerThatIsNotThereHasNoMode() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }

    assertThat(new Address("127.0.0.1", free).mode()).isEmpty();
  }

  private static Optional<String> modeFrom(String answer) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> question = threads.submit(() -> answerOnce(server, answer));
      Optional<String> mode = new Address("127.0.0.1", server.getLocalPort()).mode();
      assertThat(question.get()).isEqualTo("srvr");
      return mode;
    }
  }

  private static String answerOnce(ServerSocket server, String answer) throws IOException {
    try (Socket socket = server.accept()) {
      String question =
          new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII);
      socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      return question;
    }
  }
}
