package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import java.util.List;

/** Says what of a folder was left out. */
final class Refusals {
  private static final int MOST_SHOWN = 20;

  private Refusals() {}

  /** Returns the exit code of the command. */
  static int report(Terminal terminal, List<String> refused, String next) {
    if (refused.isEmpty()) {
      return ExitCode.OK.code();
    }
    refused.stream().limit(MOST_SHOWN).forEach(r -> terminal.note("holdfast: refused " + r));
    if (refused.size() > MOST_SHOWN) {
      terminal.note("holdfast: and " + (refused.size() - MOST_SHOWN) + " more");
    }
    terminal.note("  all else was done; next: " + next);
    return ExitCode.REFUSED.code();
  }
}
