// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.ShellWords;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.protocol.ObjectBodies;

/** What a write has reached, as a person is told: the result, and what to do next. */
final class WriteReport {
  private final Terminal terminal;
  private final boolean json;

  WriteReport(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  /**
   * @param verb what was done, as "stored"
   */
  void show(String verb, ObjectBodies.Put put) {
    if (json) {
      terminal.json(put);
    } else {
      terminal.line(
          "%s %s (%s, %s, %d of %d copies so far)"
              .formatted(
                  verb,
                  put.key(),
                  put.deleted() ? "deleted" : Sizes.text(put.size()),
                  put.state(),
                  put.copies().written(),
                  put.copies().wanted()));
    }
    String key = ShellWords.quoted(put.key());
    String id = VersionNames.shortened(put.version());
    if (put.conflict()) {
      terminal.note(
          "holdfast: %s is in conflict: version %s does not come after the confirmed head; both are kept"
              .formatted(put.key(), id));
      terminal.next(
          "'holdfast log %s' shows its heads; 'holdfast merge %s FILE' or 'holdfast merge %s --take ID' ends it"
              .formatted(key, key, key));
    } else if (put.isProvisional()) {
      terminal.note(
          "holdfast: the cluster has not agreed on version %s of %s yet; it does so by itself once a majority can be reached"
              .formatted(id, put.key()));
      terminal.next(
          "'holdfast log %s' shows its state; 'holdfast confirm %s %s' asks now"
              .formatted(key, key, id));
    }
  }

  /** Of many writes. */
  static void notePartOf(Terminal terminal, long provisional, String what) {
    if (provisional > 0) {
      terminal.note(
          "holdfast: %d %s are provisional: the cluster agrees on them by itself once a majority can be reached"
              .formatted(provisional, what));
      terminal.next("'holdfast conflicts' shows what has to be merged then");
    }
  }
}
