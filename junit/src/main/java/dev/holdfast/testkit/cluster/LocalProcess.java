// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process that a test can kill, pause and start again. A fault lasts until the test ends it:
 * {@link #start} after {@link #kill} or {@link #stop}, {@link #resume} after {@link #pause}. It is
 * killed at the latest when this JVM ends. Thread-safe.
 */
public class LocalProcess {
  private static final long STOP_MILLIS = 30_000;
  private static final long KILL_MILLIS = 10_000;
  private static final int TAIL_LINES = 40;

  private final String id;
  private final Path log;
  private final List<String> command;
  private @Nullable Process process;
  private boolean paused;

  /**
   * @param log gets stdout and stderr; the process works in the folder of this file
   */
  public LocalProcess(String id, Path log, List<String> command) {
    this.id = id;
    this.log = log;
    this.command = List.copyOf(command);
  }

  public final String id() {
    return id;
  }

  /** What the process said on stdout and stderr, over all its starts. */
  public final Path log() {
    return log;
  }

  /** The last lines of {@link #log}. */
  public final List<String> logTail() {
    return LogTail.of(log, TAIL_LINES);
  }

  /**
   * @throws IllegalStateException when it was never started
   */
  public final synchronized long pid() {
    return started().pid();
  }

  public final synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /**
   * Of the process that has ended.
   *
   * @throws IllegalStateException while it runs, or when it was never started
   */
  public final synchronized int exitCode() {
    if (isAlive()) {
      throw new IllegalStateException(id + " runs");
    }
    return started().exitValue();
  }

  public final synchronized boolean isPaused() {
    return paused && isAlive();
  }

  /**
   * Starts the process as the times before; does not wait until it is ready.
   *
   * @param more flags for this start, each with its value; they win over the usual ones
   */
  public synchronized LocalProcess start(String... more) {
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
  public final synchronized void kill() {
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
  public final synchronized void stop() {
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
  public final synchronized void pause() {
    NodeProcesses.signal(started(), "STOP");
    paused = true;
  }

  /** SIGCONT: it goes on where it stood. */
  public final synchronized void resume() {
    NodeProcesses.signal(started(), "CONT");
    paused = false;
  }

  private Process started() {
    if (process == null) {
      throw new IllegalStateException(id + " was never started");
    }
    return process;
  }

  final String tail() {
    return "--- " + log + " ---\n" + String.join("\n", logTail());
  }

  @Override
  public String toString() {
    return id;
  }
}
