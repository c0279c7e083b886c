package dev.holdfast.cli.kv;

import dev.holdfast.client.rest.RestRequest;
import picocli.CommandLine.Option;

/** On which conditions a write is made. */
final class WriteOptions {
  @Option(
      names = "--if-version",
      paramLabel = "VERSION",
      description = "Only if the key has this version; 0: only if it is absent.")
  private long ifVersion = -1;

  @Option(
      names = "--fence",
      paramLabel = "LOCK;TOKEN",
      description = "Refuse the write when the lock has moved on.")
  private String fence = "";

  RestRequest on(RestRequest request) {
    RestRequest conditional = request;
    if (ifVersion == 0) {
      conditional = conditional.header("If-None-Match", "*");
    } else if (ifVersion > 0) {
      conditional = conditional.header("If-Match", "\"" + ifVersion + "\"");
    }
    return fence.isEmpty() ? conditional : conditional.header("Holdfast-Fence", fence);
  }
}
