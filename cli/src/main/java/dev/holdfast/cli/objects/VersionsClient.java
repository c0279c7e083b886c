// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.ObjectBodies;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Versions of a key, conflicts and their ends. Blocking, safe for any number of threads. */
final class VersionsClient {
  private final RestClient rest;

  VersionsClient(RestClient rest) {
    this.rest = rest;
  }

  ObjectBodies.Versions versions(String key) {
    return rest.read(RestRequest.of("GET", path(key) + "?versions"), ObjectBodies.Versions.class);
  }

  /** The same as the text of a diagram. */
  String mermaid(String key) {
    RestRequest request = RestRequest.of("GET", path(key) + "?versions&format=mermaid");
    return new String(rest.bytes(request).body(), StandardCharsets.UTF_8);
  }

  /**
   * @param complete false when a node could not be asked
   * @param unreachable those nodes
   */
  record Conflicts(
      List<ObjectBodies.Conflict> conflicts, boolean complete, List<String> unreachable) {
    Conflicts {
      conflicts = List.copyOf(conflicts);
      unreachable = List.copyOf(unreachable);
    }
  }

  /** All pages. */
  Conflicts conflicts(String prefix) {
    List<ObjectBodies.Conflict> found = new ArrayList<>();
    Set<String> unreachable = new TreeSet<>();
    boolean complete = true;
    String after = "";
    while (true) {
      ObjectBodies.Conflicts page =
          rest.read(
              RestRequest.of(
                  "GET",
                  "/v1/conflicts?prefix="
                      + UriText.component(prefix)
                      + (after.isEmpty() ? "" : "&after=" + UriText.component(after))),
              ObjectBodies.Conflicts.class);
      found.addAll(page.conflicts());
      unreachable.addAll(page.unreachable());
      complete &= page.complete();
      String next = page.next() == null ? "" : page.next();
      if (next.isEmpty() || next.equals(after)) {
        return new Conflicts(found, complete, List.copyOf(unreachable));
      }
      after = next;
    }
  }

  /**
   * @param take the version whose bytes the merge has
   */
  ObjectBodies.Put mergeTaking(String key, WriteTerms terms, String take) {
    return rest.read(terms.mergeTaking(key, take), ObjectBodies.Put.class);
  }

  /** Twice is like once. */
  ObjectBodies.Put confirm(String key, String version) {
    RestRequest request = RestRequest.of("POST", path(key) + "?confirm=" + version).withId();
    return rest.read(request, ObjectBodies.Put.class);
  }

  private static String path(String key) {
    return "/v1/objects/" + UriText.path(key);
  }
}
