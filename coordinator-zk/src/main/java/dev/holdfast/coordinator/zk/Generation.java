// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.io.IOException;
import java.time.Duration;
import org.apache.curator.CuratorZookeeperClient;
import org.apache.curator.RetryPolicy;
import org.apache.curator.ensemble.fixed.FixedEnsembleProvider;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ZKConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One generation: one session with ZooKeeper, in one handle, carried by one client of Curator
 * (docs/adr/0010).
 *
 * <p>Curator opens the handle to its ensemble with our identity and TLS, follows the state of the
 * connection, and closes it. It would also put another handle in the place of one that has expired,
 * and repeat a request. Both would break the one order that this backend rests on: answers in the
 * order of requests, an event before any answer that shows its change. So as a {@link
 * ZookeeperFactory} this gives the same handle whenever it is asked: what Curator takes for a new
 * one is the ended one, whose requests fail. {@link #NEVER} repeats nothing. And events reach the
 * session straight from its handle, before Curator acts on them.
 *
 * <p>The next generation is made by {@link ZkLink}, which gives up the lease first.
 */
final class Generation implements ZookeeperFactory, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Generation.class);

  /** What was sent may have been applied: only the {@link Beats} know whether to send it again. */
  static final RetryPolicy NEVER = (retries, elapsedMillis, sleeper) -> false;

  private final Handles handles;
  private final ZkOptions options;
  private final Watcher session;
  private final CuratorZookeeperClient curator;
  private @Nullable ZooKeeper handle;

  /** Opens handles of ZooKeeper's client; tests put broken ones in between. */
  interface Handles {
    Handles PLAIN =
        (connect, timeout, watcher, config) ->
            new ZooKeeper(connect, timeout, watcher, false, config);

    ZooKeeper open(String connect, int timeoutMillis, Watcher watcher, ZKClientConfig config)
        throws IOException;
  }

  /**
   * @param session gets every event of the handle, on the client's event thread
   */
  Generation(Handles handles, ZkOptions options, Watcher session) {
    this.handles = handles;
    this.options = options;
    this.session = session;
    int timeoutMillis = (int) options.sessionTimeout().toMillis();
    this.curator =
        new CuratorZookeeperClient(
            this,
            new FixedEnsembleProvider(options.connect()),
            timeoutMillis,
            (int) Math.min(timeoutMillis, options.connectionTimeout().toMillis()),
            _ -> {},
            NEVER,
            false);
  }

  /**
   * The handle, which begins to connect.
   *
   * @throws IOException it cannot be made, as when a store of TLS cannot be read
   */
  ZooKeeper start() throws IOException {
    try {
      curator.start();
      return curator.getZooKeeper();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("Curator cannot open a connection: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized ZooKeeper newZooKeeper(
      String connect, int timeoutMillis, Watcher curatorWatcher, boolean canBeReadOnly)
      throws IOException {
    ZooKeeper made = handle;
    if (made == null) {
      ZKClientConfig config = new ZKClientConfig();
      config.setProperty(ZKConfig.JUTE_MAXBUFFER, Integer.toString(options.juteMaxBuffer()));
      options.access().configure(config);
      options.tls().configure(config);
      Watcher both =
          event -> {
            session.process(event);
            curatorWatcher.process(event);
          };
      made = handles.open(connect, timeoutMillis, both, config);
      if (options.access().auth() == ZkAccess.Auth.DIGEST) {
        made.addAuthInfo("digest", options.access().digestBytes());
      }
      handle = made;
    } else {
      LOG.debug("The session {} is over; Curator gets no other", made.getSessionId());
    }
    return made;
  }

  /** Ends the session as far as the network allows. Blocks, for this time at most. */
  void close(Duration patience) {
    Thread goodbye = Thread.ofPlatform().name("zk-close").daemon().start(this::close);
    // Whoever closes was often interrupted for that; the good-bye is sent all the same.
    boolean interrupted = Thread.interrupted();
    try {
      if (!goodbye.join(patience)) {
        LOG.debug("A session is left to expire");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    curator.close();
  }
}
