// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.SafeFolder.RefusedException;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The entries of a folder that were left out, each with its reason. Safe for any thread. */
final class Refusals {
  private static final int MOST_SHOWN = 20;

  private final List<Refusal> all = new ArrayList<>();

  /**
   * @param name relative to the folder, with slashes
   */
  record Refusal(String name, String why) {}

  synchronized void add(String name, String why) {
    all.add(new Refusal(name.isEmpty() ? "." : name, why));
  }

  synchronized void addAll(List<Refusal> more) {
    all.addAll(more);
  }

  /** In the order of names: several threads found them. */
  synchronized List<Refusal> list() {
    return all.stream().sorted(Comparator.comparing(Refusal::name)).toList();
  }

  /** Returns the exit code of the command. */
  static ExitCode report(Terminal terminal, List<Refusal> refused, String next) {
    if (refused.isEmpty()) {
      return ExitCode.OK;
    }
    show(terminal, "refused", refused);
    terminal.note("  all else was done; next: " + next);
    return ExitCode.REFUSED;
  }

  /** The first ones, and how many there are. */
  static void show(Terminal terminal, String verb, List<Refusal> entries) {
    entries.stream()
        .limit(MOST_SHOWN)
        .forEach(r -> terminal.note("holdfast: " + verb + " " + r.name() + ": " + r.why()));
    if (entries.size() > MOST_SHOWN) {
      terminal.note("holdfast: and " + (entries.size() - MOST_SHOWN) + " more; --json names all");
    }
  }

  /** A step for one entry. */
  interface Step {
    void run() throws IOException, RefusedException;
  }

  /**
   * Runs a step whose failure concerns one entry alone.
   *
   * @throws CommandException when the disk takes nothing more
   */
  boolean attempt(String name, Step step) {
    try {
      step.run();
      return true;
    } catch (RefusedException | FileFault e) {
      add(name, String.valueOf(e.getMessage()));
    } catch (InvalidPathException e) {
      add(name, "no file can have this name here: " + e.getReason());
    } catch (IOException e) {
      if (FileFault.endsAll(e)) {
        throw new CommandException(
            ExitCode.REFUSED,
            name + ": " + FileFault.reason(e),
            "make room, then repeat the command: it goes on where it ended",
            e);
      }
      add(name, FileFault.reason(e));
    }
    return false;
  }

  /** What a place of the disk holds, for a message. */
  static String kindOf(Path path) {
    if (Files.isSymbolicLink(path)) {
      return "a link";
    }
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return "a folder";
    }
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        ? "a file"
        : "a device, pipe or socket";
  }
}
