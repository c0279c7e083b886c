// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.ServerAddress;
import dev.holdfast.client.rest.Servers;
import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.Scheme;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session of the real client ({@link SessionLink}, {@link Holds}, {@link HoldLife}) over a
 * network, with time and chance that are handed in. Nothing blocks; confined to one thread.
 */
public final class SimulatedSession {
  /** The HTTP client of objects is never called here. */
  private static final HttpClient NO_HTTP = HttpClient.newHttpClient();

  /** Of so many commands one makes its session move: to the leader, as it believes. */
  private static final int MOVES_ONE_IN = 30;

  private final SessionLink link;

  /** Timers of the client. */
  public interface Timers {
    /** Returns what cancels it. */
    Runnable schedule(long delayNanos, Runnable action);
  }

  /** The network, as a client sees it. */
  public interface Network {
    void dial(String node, Ear ear);
  }

  /** What the network tells the client. */
  public interface Ear {
    void opened(Line line);

    void refused(String why);

    void heard(ServerFrame frame);

    void broken(String why);
  }

  /** An open connection, as the client sees it. */
  public interface Line {
    void send(byte[] frame);

    void close();
  }

  /**
   * @param nodes names of the nodes
   * @param seen of the program: shared by its sessions
   */
  public SimulatedSession(
      List<String> nodes,
      Network network,
      Timers timers,
      LongSupplier nanoTime,
      Random random,
      AtomicLong seen,
      Duration ttl) {
    List<ServerAddress> addresses =
        nodes.stream().map(node -> new ServerAddress(Scheme.HTTP, node, 1)).toList();
    List<URI> servers = addresses.stream().map(ServerAddress::uri).toList();
    ClientConfig config = ClientConfig.of(addresses).withSessionTtl(ttl);
    Time time =
        new Time() {
          @Override
          public long nanoTime() {
            return nanoTime.getAsLong();
          }

          @Override
          public Timer schedule(Duration delay, Runnable action) {
            Runnable cancel = timers.schedule(Math.max(0, delay.toNanos()), action);
            return cancel::run;
          }

          @Override
          public void close() {}
        };
    Random chance = new Random(nanoTime.getAsLong() + nodes.hashCode());
    Connection.Dialer dialer =
        (node, limit, purpose) -> {
          SimulatedConnection connection =
              new SimulatedConnection(node, seen, () -> anyOf(servers, chance));
          network.dial(node.getHost(), connection);
          return connection.opened;
        };
    this.link =
        new SessionLink(
            new ClientRuntime(
                config,
                NO_HTTP,
                new RestClient(addresses, Duration.ofSeconds(10), nanoTime),
                new Endpoints(new Servers(addresses, nanoTime)),
                time,
                Runnable::run,
                random,
                seen,
                new AtomicLong(),
                dialer,
                new MovePlanner(true)),
            ttl,
            ended -> {});
  }

  /** Where a session shall move that has sent a command; mostly nowhere. */
  private static @Nullable URI anyOf(List<URI> servers, Random chance) {
    return chance.nextInt(MOVES_ONE_IN) == 0 ? servers.get(chance.nextInt(servers.size())) : null;
  }

  public void open() {
    var _ = link.begin();
  }

  /** Null for as long as the answer of a node is not known. */
  public @Nullable String id() {
    return link.hasId() ? link.id() : null;
  }

  public boolean isAlive() {
    return link.isAlive();
  }

  public SessionState state() {
    return link.state();
  }

  /**
   * @param wait null for ever
   */
  public Hold request(String lock, LockMode mode, @Nullable Duration wait) {
    return link.acquire(new Ask(lock, mode, wait));
  }

  /** The state as it is, without a look at the clock. */
  public static HoldState stateOf(Hold hold) {
    return hold.state;
  }

  /** 0 before the grant. */
  public static long tokenOf(Hold hold) {
    return hold.token;
  }

  public void close() {
    link.beginClose();
  }

  /** Of one session alone. */
  private static final class SimulatedConnection implements Connection, Ear {
    final CompletableFuture<SimulatedConnection> opened = new CompletableFuture<>();
    private final URI node;
    private final AtomicLong seen;
    private final Supplier<@Nullable URI> leader;
    private @Nullable Line line;
    private @Nullable User owner;
    private boolean closed;

    SimulatedConnection(URI node, AtomicLong seen, Supplier<@Nullable URI> leader) {
      this.node = node;
      this.leader = leader;
      this.seen = seen;
    }

    @Override
    public void opened(Line open) {
      line = open;
      enqueue(Encoding.CBOR.codec().encode(new ClientFrame.Hello("simulated", seen.get())));
      opened.complete(this);
    }

    @Override
    public void refused(String why) {
      opened.completeExceptionally(new UnavailableException(why));
    }

    @Override
    public void heard(ServerFrame frame) {
      User link = owner;
      if (closed) {
        return;
      }
      if (frame instanceof ServerFrame.Welcome welcome) {
        seen.accumulateAndGet(welcome.revision(), Math::max);
      } else if (link != null) {
        link.received(this, List.of(frame));
      }
    }

    @Override
    public void broken(String why) {
      if (!closed) {
        closed = true;
        if (owner != null) {
          owner.disconnected(this, why, SessionSocket.CLOSED_ABNORMALLY, false);
        }
      }
    }

    @Override
    public URI node() {
      return node;
    }

    @Override
    public boolean join(User link) {
      owner = link;
      return !closed;
    }

    @Override
    public void bind(String session, User link) {}

    @Override
    public void follow(long watch, User link) {}

    @Override
    public void unfollow(long watch) {}

    @Override
    public void leave(User link, boolean broken) {
      end();
    }

    @Override
    public void closeIfUnused() {
      if (owner == null) {
        end();
      }
    }

    @Override
    public void enqueue(long request, byte[] frame, User from) {
      enqueue(frame);
    }

    @Override
    public void enqueue(byte[] frame) {
      Line open = line;
      if (open != null && !closed) {
        open.send(frame);
      }
    }

    @Override
    public void flush() {}

    @Override
    public @Nullable URI commandSent(long nowNanos) {
      URI to = leader.get();
      return node.equals(to) ? null : to;
    }

    private void end() {
      Line open = line;
      if (open != null && !closed) {
        open.close();
      }
      closed = true;
    }
  }
}
