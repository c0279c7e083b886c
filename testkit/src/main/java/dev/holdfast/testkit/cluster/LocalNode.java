package dev.holdfast.testkit.cluster;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One node process of a {@link LocalCluster}. A fault lasts until the test ends it: {@link #start}
 * after {@link #kill} or {@link #stop}, {@link #resume} after {@link #pause}. Thread-safe.
 */
public final class LocalNode {
  private static final long STOP_MILLIS = 30_000;
  private static final long KILL_MILLIS = 10_000;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int TAIL_LINES = 40;

  private final String id;
  private final URI apiUri;
  private final Path data;
  private final Path log;
  private final List<String> command;
  private final NodeApi api;
  private @Nullable Process process;
  private boolean paused;

  LocalNode(String id, URI apiUri, Path data, Path log, List<String> command, NodeApi api) {
    this.id = id;
    this.apiUri = apiUri;
    this.data = data;
    this.log = log;
    this.command = List.copyOf(command);
    this.api = api;
  }

  public String id() {
    return id;
  }

  /** Such as {@code http://127.0.0.1:21000}. */
  public URI apiUri() {
    return apiUri;
  }

  /** The data folder of this node. */
  public Path data() {
    return data;
  }

  /** What the node said on stdout and stderr, over all its starts. */
  public Path log() {
    return log;
  }

  /** The last lines of {@link #log}. */
  public List<String> logTail() {
    return LogTail.of(log, TAIL_LINES);
  }

  /**
   * @throws IllegalStateException when it was never started
   */
  public synchronized long pid() {
    return started().pid();
  }

  public synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /**
   * Of the process that has ended.
   *
   * @throws IllegalStateException while it runs, or when it was never started
   */
  public synchronized int exitCode() {
    if (isAlive()) {
      throw new IllegalStateException(id + " runs");
    }
    return started().exitValue();
  }

  public synchronized boolean isPaused() {
    return paused && isAlive();
  }

  /**
   * Starts the process on its data folder; does not wait until it is ready.
   *
   * @param more flags for this start, each with its value; they win over the usual ones
   */
  public synchronized LocalNode start(String... more) {
    if (isAlive()) {
      throw new IllegalStateException(id + " runs already");
    }
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of(more));
    process = NodeProcesses.start(line, log.resolveSibling(""), log);
    paused = false;
    return this;
  }

  /** SIGKILL: it has no chance to save anything. Returns when it is gone. */
  public synchronized void kill() {
    Process running = started();
    running.destroyForcibly();
    if (!NodeProcesses.awaitEnd(running, KILL_MILLIS)) {
      throw new IllegalStateException(id + " survived SIGKILL");
    }
    paused = false;
  }

  /**
   * SIGTERM: it ends in order. Returns when it is gone.
   *
   * @throws IllegalStateException when it did not end in 30 s; it is killed then
   */
  public synchronized void stop() {
    Process running = started();
    if (isPaused()) {
      resume(); // a stopped process gets SIGTERM only when it goes on
    }
    running.destroy();
    if (!NodeProcesses.awaitEnd(running, STOP_MILLIS)) {
      kill();
      throw new IllegalStateException(id + " did not end within 30 s of SIGTERM\n" + tail());
    }
  }

  /** SIGSTOP: it stands still, its connections stay open. */
  public synchronized void pause() {
    NodeProcesses.signal(started(), "STOP");
    paused = true;
  }

  /** SIGCONT: it goes on where it stood. */
  public synchronized void resume() {
    NodeProcesses.signal(started(), "CONT");
    paused = false;
  }

  /** Whether it answers {@code GET /health/ready} with 200 now. */
  public boolean isReady() {
    return isAlive() && api.isReady(apiUri);
  }

  /**
   * Returns when the node is ready.
   *
   * @throws IllegalStateException with the end of its log, when it is not in time or has ended
   */
  public LocalNode awaitReady(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!isReady()) {
      if (!isAlive()) {
        throw new IllegalStateException(id + " has ended before it was ready\n" + tail());
      }
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException(id + " is not ready within " + deadline + "\n" + tail());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return this;
  }

  private Process started() {
    if (process == null) {
      throw new IllegalStateException(id + " was never started");
    }
    return process;
  }

  String tail() {
    return "--- " + log + " ---\n" + String.join("\n", logTail());
  }

  @Override
  public String toString() {
    return id + " at " + apiUri;
  }
}
