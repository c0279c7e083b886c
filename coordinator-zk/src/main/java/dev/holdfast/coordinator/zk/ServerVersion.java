package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Servers below 3.9.4 lose committed transactions at a change of leader (ZOOKEEPER-4646, -4925), so
 * they are refused. Asked by {@code srvr}, the one four-letter word that is allowed by default.
 */
final class ServerVersion {
  private static final Logger LOG = LoggerFactory.getLogger(ServerVersion.class);
  private static final Pattern ANSWER =
      Pattern.compile("Zookeeper version: (\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})");
  private static final int[] LEAST = {3, 9, 4};

  private ServerVersion() {}

  /**
   * @throws CoordinatorFailedException a server is too old
   * @throws UnavailableException none answers
   */
  static void require(List<String> servers, Duration timeout) {
    int answered = 0;
    for (String server : servers) {
      try {
        check(server, ask(server, (int) timeout.toMillis()));
        answered++;
      } catch (IOException e) {
        LOG.debug("{} does not tell its version: {}", server, e.toString());
      }
    }
    if (answered == 0) {
      throw new UnavailableException("None of " + servers + " answers");
    }
  }

  static void check(String server, String answer) {
    Matcher matcher = ANSWER.matcher(answer);
    if (!matcher.find()) {
      LOG.warn(
          "{} does not tell its version; it must be 3.9.4 or newer. Allow it: 4lw.commands.whitelist=srvr",
          server);
      return;
    }
    for (int i = 0; i < LEAST.length; i++) {
      int part = Integer.parseInt(matcher.group(i + 1));
      if (part > LEAST[i]) {
        return;
      }
      if (part < LEAST[i]) {
        throw new CoordinatorFailedException(
            "The ZooKeeper server %s has version %s.%s.%s, which can lose acknowledged commits. Upgrade it to 3.9.4 or newer"
                .formatted(server, matcher.group(1), matcher.group(2), matcher.group(3)));
      }
    }
  }

  private static String ask(String server, int timeoutMillis) throws IOException {
    int colon = server.lastIndexOf(':');
    String host = server.substring(0, colon);
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(host, Integer.parseInt(server.substring(colon + 1))),
          timeoutMillis);
      socket.setSoTimeout(timeoutMillis);
      socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readNBytes(4096), StandardCharsets.UTF_8);
    }
  }
}
