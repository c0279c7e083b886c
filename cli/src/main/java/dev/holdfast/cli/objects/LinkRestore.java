// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.LinkCheck.Place;
import dev.holdfast.cli.objects.SafeFolder.RefusedException;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the symbolic links of a folder, when all else of it is there. A link that leads through
 * another one comes after it, so that each is judged by what the disk has, and nothing on the disk
 * changes once a link was judged by it. One thread.
 */
final class LinkRestore {
  /** What a link through one that was refused, or that nobody knows yet, is judged by. */
  private static final Place ELSEWHERE = new Place.Link("/");

  private final SafeFolder folder;
  private final boolean keepOutside;
  private final Refusals refused;
  private final Map<List<String>, Link> pending = new HashMap<>();
  private final Set<List<String>> begun = new HashSet<>();
  private final Set<List<String>> settled = new HashSet<>();
  private final Set<List<String>> made = new HashSet<>();

  /**
   * @param keepOutside make also the links that lead out of the folder
   */
  LinkRestore(SafeFolder folder, boolean keepOutside, Refusals refused) {
    this.folder = folder;
    this.keepOutside = keepOutside;
    this.refused = refused;
  }

  /** A link to make. */
  record Link(List<String> at, String target, Optional<FileFacts> facts) {}

  /** Makes all of them that stay inside; the others are refused by name. Returns how many. */
  long makeAll(List<Link> links) {
    links.forEach(link -> pending.put(link.at(), link));
    links.forEach(link -> settle(link, 0));
    return made.size();
  }

  private void settle(Link link, int depth) {
    if (!begun.add(link.at())) {
      return;
    }
    if (refused.attempt(String.join("/", link.at()), () -> make(link, depth))) {
      made.add(link.at());
    }
    settled.add(link.at());
  }

  private void make(Link link, int depth) throws IOException, RefusedException {
    if (!keepOutside) {
      Optional<String> fault = LinkCheck.fault(link.at(), link.target(), at -> placeAt(at, depth));
      if (fault.isPresent()) {
        throw new RefusedException(fault.get());
      }
    }
    folder.writeLink(
        link.at(),
        link.target(),
        fresh -> {
          if (link.facts().isPresent()) {
            link.facts().get().applyTo(fresh);
          }
        });
  }

  private Place placeAt(List<String> at, int depth) {
    Link planned = pending.get(at);
    if (planned == null) {
      return LinkCheck.onDisk(folder.root(), at);
    }
    if (depth < LinkCheck.MOST_HOPS) {
      settle(planned, depth + 1);
    }
    Place now = LinkCheck.onDisk(folder.root(), at);
    if (settled.contains(at)) {
      return made.contains(at) ? now : ELSEWHERE;
    }
    // A circle, or a chain that no kernel follows: where this link leads to is not known yet.
    boolean willChange =
        now instanceof Place.Link there && !there.target().equals(planned.target());
    return willChange ? ELSEWHERE : now;
  }
}
