package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.coordinator.UnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests to a server that takes the connection and never says a word. */
final class RequestsTest {
  private static final int LONG_MILLIS = 600_000;

  private final ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  private final Requests requests =
      new Requests(
          new ZooKeeper("127.0.0.1:" + server.getLocalPort(), LONG_MILLIS, _ -> {}), "/holdfast/x");
  private final Queue<Code> answers = new ConcurrentLinkedQueue<>();
  private @Nullable Socket connection;

  RequestsTest() throws IOException {}

  @BeforeEach
  void connects() throws IOException {
    server.setSoTimeout(60_000);
    connection = server.accept();
  }

  @AfterEach
  void closes() throws IOException {
    requests.close(Duration.ofMillis(1));
    Socket open = connection;
    if (open != null) {
      open.close();
    }
    server.close();
  }

  private void ask() {
    requests.multi(List.of(Op.check("/a", -1)), (code, _) -> answers.add(code));
  }

  @Test
  void theEndOfTheSessionAnswersWhatIsOpenOnce() {
    ask();
    CompletableFuture<@Nullable Znode> read = requests.get("/a");
    assertThat(answers).isEmpty();
    assertThat(read).isNotDone();

    requests.close(Duration.ofMillis(1));

    assertThat(answers).containsExactly(Code.SESSIONEXPIRED);
    assertThatThrownBy(() -> Waiting.forAnswer(read, System.nanoTime()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("/holdfast/x");
  }

  @Test
  void whatIsAskedAfterTheEndIsAnsweredAtOnce() {
    requests.close(Duration.ofMillis(1));

    ask();

    assertThat(answers).containsExactly(Code.SESSIONEXPIRED);
    assertThat(requests.get("/a")).isCompletedExceptionally();
  }
}
