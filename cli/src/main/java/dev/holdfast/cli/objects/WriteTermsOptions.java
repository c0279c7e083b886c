// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a user says of a write: copies, agreement, parents, fence. */
final class WriteTermsOptions {
  @Option(
      names = "--durability",
      paramLabel = "local|majority|all",
      description =
          "Copies that are on disk before the answer; what is local is provisional at first. Default: majority.")
  private @Nullable Durability durability;

  @Option(
      names = "--confirmed",
      description =
          "Refuse the write when the cluster cannot agree on it now, instead of keeping a provisional version.")
  private boolean confirmed;

  @Option(
      names = "--provisional",
      description = "Do not wait until the cluster agrees; it does later by itself.")
  private boolean provisional;

  @Option(
      names = "--parents",
      split = ",",
      paramLabel = "ID",
      description =
          "The versions that this one follows, with commas between; a unique beginning is enough. When another one is the head by now, a branch is made. Default: the head.")
  private List<String> parents = List.of();

  @Option(
      names = "--fence",
      paramLabel = "LOCK;TOKEN",
      description = "Refuse the write when the lock has moved on.")
  private String fence = "";

  /** Named as on the command line. */
  private enum Durability {
    local,
    majority,
    all
  }

  boolean haveParents() {
    return !parents.isEmpty();
  }

  /**
   * @param names looked up for ids that are abbreviated
   */
  WriteTerms of(String key, VersionNames names) {
    if (confirmed && provisional) {
      throw new CommandException(
          ExitCode.USAGE, "--confirmed and --provisional exclude each other", "leave one away");
    }
    return new WriteTerms(
        fence,
        durability == null ? "" : durability.name(),
        confirmed ? "confirmed" : provisional ? "provisional" : "",
        names.whole(key, parents),
        /* isMerge= */ false);
  }
}
