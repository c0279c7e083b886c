// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.cluster.NoClusterNamedException;
import dev.holdfast.node.config.ConfigException;
import dev.holdfast.node.config.Logging;
import dev.holdfast.node.config.NodeConfig;
import dev.holdfast.node.plugin.UnknownPolicyException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process that is one node: reads its flags, runs until it is told to stop. */
public final class NodeProcess {
  public static final int OK = 0;
  public static final int USAGE = 2;
  public static final int NOT_STARTED = 5;

  /** The disk or the log failed under a running node: what it knows is not to be trusted. */
  public static final int FAILED = 70;

  /** The node was taken out of its cluster, and is not needed any more. */
  public static final int REMOVED = 71;

  private static final AtomicBoolean LEAVING = new AtomicBoolean();

  private static final Map<String, String> FLAGS =
      Map.ofEntries(
          Map.entry("--id", "node.id"),
          Map.entry("--data", "node.data"),
          Map.entry("--api", "node.api"),
          Map.entry("--peer", "node.peer"),
          Map.entry("--raft", "node.raft"),
          Map.entry("--labels", "node.labels"),
          Map.entry("--capacity", "node.capacity"),
          Map.entry("--found", "cluster.found"),
          Map.entry("--join", "cluster.join"),
          Map.entry("--secret-file", "cluster.secretFile"),
          Map.entry("--insecure-network", "network.insecureCidr"),
          Map.entry("--log-level", "log.level"),
          Map.entry("--log-format", "log.format"));

  private NodeProcess() {}

  /**
   * Runs a node until SIGTERM, which is the orderly way: then the exit code is 0. SIGINT stops it
   * in the same order, with the exit code of the signal; SIGHUP is ignored.
   *
   * @param arguments pairs of flag and value; {@code --config FILE} and {@code --set KEY=VALUE} too
   * @return the exit code of the process
   */
  public static int run(List<String> arguments) {
    NodeConfig config;
    try {
      config = read(arguments, System.getenv());
    } catch (ConfigException e) {
      e.errors().forEach(error -> System.err.println("holdfast: " + error));
      return USAGE;
    }
    Logging.configure(config.logLevel(), config.logFormat(), config.id());
    Logger log = LoggerFactory.getLogger(NodeProcess.class);
    config.warnings().forEach(warning -> log.warn("{}", warning));
    CountDownLatch stopped = new CountDownLatch(1);
    try {
      Node node = new Node(config, distribution(), NodeProcess::fail);
      Runtime.getRuntime()
          .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(node::close));
      Signals.on("TERM", stopped::countDown);
      // A terminal that closes is no reason to stop, and there is nothing to read again.
      Signals.on("HUP", () -> log.info("SIGHUP has no meaning here, and is ignored"));
      stopped.await();
      log.info("Stopping");
      node.close();
      return OK;
    } catch (UnknownPolicyException | NoClusterNamedException e) {
      System.err.println("holdfast: " + e.getMessage());
      return USAGE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return NOT_STARTED;
    } catch (Exception e) {
      log.debug("Not started", e);
      System.err.println("holdfast: node " + config.id() + " did not start: " + reason(e));
      return NOT_STARTED;
    }
  }

  /** The flags that have a key of their own. */
  public static Set<String> flags() {
    return FLAGS.keySet();
  }

  /**
   * The configuration of a node.
   *
   * @param arguments as for {@link #run}
   */
  static NodeConfig read(List<String> arguments, Map<String, String> environment)
      throws ConfigException {
    Map<String, NodeConfig.Flag> flags = new HashMap<>();
    Optional<Path> file =
        Optional.ofNullable(environment.get("HOLDFAST_CONFIG"))
            .filter(name -> !name.isEmpty())
            .map(Path::of);
    for (int i = 0; i + 1 < arguments.size(); i += 2) {
      String name = arguments.get(i);
      String value = arguments.get(i + 1);
      if (name.equals("--config")) {
        file = Optional.of(Path.of(value));
      } else if (name.equals("--set")) {
        int equals = value.indexOf('=');
        String key = equals < 0 ? value : value.substring(0, equals);
        flags.put(key, new NodeConfig.Flag("--set", value.substring(equals + 1)));
      } else {
        flags.put(FLAGS.getOrDefault(name, name), new NodeConfig.Flag(name, value));
      }
    }
    return NodeConfig.read(file, environment, flags);
  }

  /** The launcher names the folder that it runs from. */
  private static Path distribution() {
    return Path.of(System.getProperty("holdfast.home", "."));
  }

  private static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  /** In order, so that requests under way are answered; on a thread that no part waits for. */
  private static void leave(Throwable cause) {
    if (LEAVING.compareAndSet(false, true)) {
      LoggerFactory.getLogger(NodeProcess.class).info("{}", cause.getMessage());
      Thread.ofPlatform().name("leave").start(() -> System.exit(REMOVED));
    }
  }

  /** Nothing may be acknowledged any more: not even shutdown hooks are run. */
  private static void fail(Throwable cause) {
    if (cause instanceof NodeRemovedException) {
      leave(cause);
      return;
    }
    LoggerFactory.getLogger(NodeProcess.class)
        .error("This node must end: {}", reason(cause), cause);
    Runtime.getRuntime().halt(FAILED);
  }
}
