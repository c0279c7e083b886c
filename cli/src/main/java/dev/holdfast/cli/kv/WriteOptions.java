// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.client.rest.RestRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** On which conditions a write is made. */
final class WriteOptions {
  @Option(
      names = "--if-version",
      paramLabel = "VERSION",
      description = "Only if the key has this version; 0: only if it is absent.")
  private @Nullable Long ifVersion;

  @Option(
      names = "--fence",
      paramLabel = "LOCK;TOKEN",
      description = "Refuse the write when the lock has moved on.")
  private String fence = "";

  RestRequest on(RestRequest request) {
    RestRequest conditional = request;
    if (ifVersion != null && ifVersion < 0) {
      // A script whose sum went wrong must not write without a condition.
      throw new CommandException(
          ExitCode.USAGE,
          "--if-version is 0 or the version of a key, not " + ifVersion,
          "leave it away to write in any case");
    }
    if (ifVersion != null && ifVersion == 0) {
      conditional = conditional.header("If-None-Match", "*");
    } else if (ifVersion != null) {
      conditional = conditional.header("If-Match", "\"" + ifVersion + "\"");
    }
    return fence.isEmpty() ? conditional : conditional.header("Holdfast-Fence", fence);
  }
}
