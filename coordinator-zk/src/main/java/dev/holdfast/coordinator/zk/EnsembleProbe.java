// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.CoordinatorServer;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the servers what they are, all at once, by {@code srvr}: the one four-letter word that is
 * allowed by default.
 *
 * <p>Servers below 3.9.4 lose committed transactions at a change of leader (ZOOKEEPER-4646, -4925),
 * so they are refused, also when their answer comes late. A silent server holds up nobody for
 * longer than {@link #GRACE}, as long as another one answers. Thread-safe.
 */
final class EnsembleProbe {
  private static final Logger LOG = LoggerFactory.getLogger(EnsembleProbe.class);
  private static final Pattern VERSION =
      Pattern.compile("Zookeeper version: (\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})");
  private static final Pattern MODE = Pattern.compile("(?m)^Mode: (\\w+)");
  private static final int ANSWER_BYTES_MAX = 4_096;
  private static final int[] LEAST = {3, 9, 4};

  /** For the slower servers once one has answered. */
  static final Duration GRACE = Duration.ofMillis(500);

  private final List<String> servers;
  private final Question question;

  /** Servers that answered and did not tell their version: one warning each. */
  private final Set<String> untold = ConcurrentHashMap.newKeySet();

  private volatile @Nullable CoordinatorFailedException tooOld;

  /** Blocks for this time at most. */
  interface Question {
    String ask(String server, Duration patience) throws IOException;
  }

  EnsembleProbe(List<String> servers, Question question) {
    this.servers = List.copyOf(servers);
    this.question = question;
  }

  static EnsembleProbe of(ZkOptions options) {
    @Nullable SSLContext context = options.tls().context();
    @Nullable SSLSocketFactory tls = context == null ? null : context.getSocketFactory();
    return new EnsembleProbe(
        options.servers(),
        (server, patience) ->
            srvr(server, (int) patience.toMillis(), tls, options.tls().verifiesHostname()));
  }

  private static String srvr(
      String server, int patienceMillis, @Nullable SSLSocketFactory tls, boolean verifiesHostname)
      throws IOException {
    int colon = server.lastIndexOf(':');
    String host = server.substring(0, colon);
    int port = Integer.parseInt(server.substring(colon + 1));
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), patienceMillis);
      socket.setSoTimeout(patienceMillis);
      if (tls == null) {
        return srvr(socket);
      }
      try (SSLSocket secure = (SSLSocket) tls.createSocket(socket, host, port, true)) {
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm(verifiesHostname ? "HTTPS" : null);
        secure.setSSLParameters(parameters);
        return srvr(secure);
      }
    }
  }

  private static String srvr(Socket socket) throws IOException {
    socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    byte[] answer = socket.getInputStream().readNBytes(ANSWER_BYTES_MAX);
    if (answer.length == 0) {
      throw new EOFException("It closed the connection without an answer");
    }
    return new String(answer, StandardCharsets.UTF_8);
  }

  /**
   * @param first completes when one has answered, or all have failed
   * @param all completes when none is asked any more
   */
  private record Round(CompletableFuture<Boolean> first, CompletableFuture<Boolean> all) {
    Round() {
      this(new CompletableFuture<>(), new CompletableFuture<>());
    }
  }

  /**
   * @throws CoordinatorFailedException a server is too old
   * @throws UnavailableException none answers in time
   */
  void require(Duration patience) throws InterruptedException {
    Round round = askAll(patience, this::judge);
    if (!isDone(round.all, GRACE) && !isDone(round.first, patience)) {
      throw new UnavailableException("None of " + servers + " answers");
    }
    check();
    if (round.all.isDone() && !round.first.getNow(false)) {
      throw new UnavailableException("None of " + servers + " answers");
    }
  }

  /**
   * @throws CoordinatorFailedException a server that answered late is too old
   */
  void check() {
    CoordinatorFailedException known = tooOld;
    if (known != null) {
      throw known;
    }
  }

  private void judge(String server, String answer) {
    try {
      if (!check(server, answer) && untold.add(server)) {
        LOG.warn(
            "{} does not tell its version; it must be 3.9.4 or newer. Allow it: 4lw.commands.whitelist=srvr",
            server);
      }
    } catch (CoordinatorFailedException e) {
      tooOld = e;
    }
  }

  /** What each server is at the moment, in the order of the option. */
  List<CoordinatorServer> states(Duration patience) throws InterruptedException {
    List<CoordinatorServer> states = new ArrayList<>();
    servers.forEach(
        server -> states.add(new CoordinatorServer(server, CoordinatorServer.State.UNREACHABLE)));
    Round round =
        askAll(
            patience,
            (server, answer) -> {
              synchronized (states) {
                states.set(servers.indexOf(server), new CoordinatorServer(server, state(answer)));
              }
            });
    var _ = isDone(round.all, patience);
    synchronized (states) {
      return List.copyOf(states);
    }
  }

  /** Without a majority a server tells no mode, but that it serves nothing. */
  static CoordinatorServer.State state(String answer) {
    Matcher mode = MODE.matcher(answer);
    if (!mode.find()) {
      return answer.contains("not currently serving")
          ? CoordinatorServer.State.NO_MAJORITY
          : CoordinatorServer.State.UNKNOWN;
    }
    return switch (mode.group(1)) {
      case "leader" -> CoordinatorServer.State.LEADER;
      case "follower" -> CoordinatorServer.State.FOLLOWER;
      case "observer" -> CoordinatorServer.State.OBSERVER;
      case "standalone" -> CoordinatorServer.State.STANDALONE;
      default -> CoordinatorServer.State.UNKNOWN;
    };
  }

  private Round askAll(Duration patience, BiConsumer<String, String> onAnswer) {
    Round round = new Round();
    AtomicInteger left = new AtomicInteger(servers.size());
    for (String server : servers) {
      Thread.ofVirtual()
          .name("zk-probe-" + server)
          .start(() -> {
            try {
              onAnswer.accept(server, question.ask(server, patience));
              round.first.complete(true);
            } catch (IOException e) {
              LOG.debug("{} does not answer srvr: {}", server, e.toString());
            } finally {
              if (left.decrementAndGet() == 0) {
                round.first.complete(false);
                round.all.complete(true);
              }
            }
          });
    }
    return round;
  }

  private static boolean isDone(CompletableFuture<Boolean> round, Duration patience)
      throws InterruptedException {
    try {
      var _ = round.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * False when it does not tell its version.
   *
   * @throws CoordinatorFailedException it is too old
   */
  static boolean check(String server, String answer) {
    Matcher matcher = VERSION.matcher(answer);
    if (!matcher.find()) {
      return false;
    }
    for (int i = 0; i < LEAST.length; i++) {
      int part = Integer.parseInt(matcher.group(i + 1));
      if (part > LEAST[i]) {
        return true;
      }
      if (part < LEAST[i]) {
        throw new CoordinatorFailedException(
            "The ZooKeeper server %s has version %s.%s.%s, which can lose acknowledged commits. Upgrade it to 3.9.4 or newer"
                .formatted(server, matcher.group(1), matcher.group(2), matcher.group(3)));
      }
    }
    return true;
  }
}
