// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.lock;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.DurationText;
import dev.holdfast.protocol.LockBodies;
import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A command under a lock: acquire, run, stop it when the lock is lost, release. */
final class LockRun {
  /** How long the command may take to stop once the lock is lost. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Duration ANSWER = Duration.ofSeconds(15);
  private static final String HOLDER = "cli";

  private final Terminal terminal;
  private final RestClient rest;
  private final SessionKeeper session;

  LockRun(Terminal terminal, RestClient rest, SessionKeeper session) {
    this.terminal = terminal;
    this.rest = rest;
    this.session = session;
  }

  /**
   * @param exitCode of the command
   */
  record Outcome(String lock, String session, long token, int exitCode) {}

  Outcome run(
      String lock, LockMode mode, Duration wait, List<String> command, boolean outputToError) {
    try {
      LockBodies.Grant grant = acquire(lock, mode, wait);
      int code = runUnder(grant, command, outputToError);
      return new Outcome(lock, grant.session(), grant.token(), code);
    } finally {
      release();
    }
  }

  private LockBodies.Grant acquire(String lock, LockMode mode, Duration wait) {
    // One session and one holder: the same request sent again gets the same token.
    return rest.read(
        RestRequest.of("POST", "/v1/locks/" + UriText.path(lock))
            .json(
                new LockBodies.Acquire(
                    session.session().session(),
                    HOLDER,
                    mode,
                    DurationText.format(wait),
                    session.session().revision(),
                    null))
            .harmless()
            .within(wait.plus(ANSWER)),
        LockBodies.Grant.class);
  }

  private int runUnder(LockBodies.Grant grant, List<String> command, boolean outputToError) {
    if (session.isLost()) {
      throw lost(grant.lock());
    }
    ChildCommand child =
        ChildCommand.start(
            command,
            Map.of(
                "HOLDFAST_LOCK", grant.lock(),
                "HOLDFAST_TOKEN", Long.toString(grant.token()),
                "HOLDFAST_SESSION", grant.session()),
            terminal,
            outputToError);
    Thread onSignal = new Thread(() -> stopOnSignal(child), "stop-command");
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      while (!child.hasEnded(LOOK)) {
        if (session.isLost()) {
          terminal.note("holdfast: lost the lock; stopping the command");
          child.stop(GRACE);
          throw lost(grant.lock());
        }
      }
      Runtime.getRuntime().removeShutdownHook(onSignal);
      return child.exitCode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(ExitCode.UNAVAILABLE, "interrupted", "", e);
    } catch (IllegalStateException e) {
      return child.exitCode(); // A signal came; the hook stops the command and releases.
    }
  }

  private void stopOnSignal(ChildCommand child) {
    try {
      child.stop(GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    release();
  }

  private CommandException lost(String lock) {
    return new CommandException(
        ExitCode.LOCK_LOST,
        "lock " + lock + " is lost: " + session.reason(),
        "what the command wrote without its token may stand beside the next holder's work; check it");
  }

  private void release() {
    try {
      session.end();
    } catch (RestException e) {
      if (!session.isLost()) {
        terminal.note(
            "holdfast: could not end the session (" + e.getMessage() + "); it expires by itself");
      }
    }
  }
}
