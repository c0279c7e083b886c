// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ServerFrame;
import java.util.List;

/**
 * Gives each frame of a node to the part of the session that it is for. Has no state; runs under
 * the session's guard.
 */
final class Dispatch {
  private final SessionLink link;
  private final ClientRuntime runtime;
  private final Uplink uplink;
  private final Relocation relocation;

  Dispatch(SessionLink link, ClientRuntime runtime, Uplink uplink) {
    this.link = link;
    this.runtime = runtime;
    this.uplink = uplink;
    this.relocation = uplink.relocation;
  }

  /** The frames of one message. */
  void received(Connection from, List<ServerFrame> frames) {
    for (ServerFrame frame : frames) {
      if (!link.state().isFinal() && (uplink.isLive(from) || relocation.hears(from))) {
        apply(from, frame);
      }
    }
    relocation.answered();
  }

  private void apply(Connection from, ServerFrame frame) {
    if (relocation.apply(from, frame)) {
      return;
    }
    if (!uplink.isLive(from) && Addressee.watchOf(frame) != 0) {
      return; // Told again on the live one.
    }
    runtime.saw(Answers.revisionOf(frame));
    long call = Answers.requestOf(frame);
    if (call != 0) {
      link.calls.answered(call, frame);
    } else if (frame instanceof ServerFrame.EntriesChanged changed) {
      link.watches.changed(changed);
    } else if (frame instanceof ServerFrame.EntriesResync resync) {
      link.watches.resync(resync);
    } else if (frame instanceof ServerFrame.SessionOpened opened) {
      link.life.opened(from, opened);
    } else if (frame instanceof ServerFrame.SessionResumed resumed) {
      link.life.resumed(resumed);
    } else if (frame instanceof ServerFrame.KeptAlive alive) {
      link.keepAlives.answered(alive);
    } else if (frame instanceof ServerFrame.SessionEnded ended) {
      link.life.endedAtNode(ended.session(), ended.reason());
    } else if (frame instanceof ServerFrame.SessionClosed closed) {
      link.life.endedAtNode(closed.session(), "closed at the node");
    } else if (frame instanceof ServerFrame.Failed failed) {
      failed(from, failed);
    } else if (frame instanceof ServerFrame.Leader leader) {
      link.observers.told(leader);
    } else if (frame instanceof ServerFrame.Observed observed) {
      link.observers.toldAll(observed);
      link.elections.answered(observed.request(), observed);
    } else if (frame instanceof ServerFrame.Unobserved answer) {
      link.elections.answered(answer.request(), answer);
    } else if (frame instanceof ServerFrame.Proclaimed answer) {
      link.elections.answered(answer.request(), answer);
    } else {
      link.holds.apply(frame);
    }
  }

  private void failed(Connection from, ServerFrame.Failed failed) {
    long request = failed.request();
    String why = from.node() + " answered " + failed.code() + ": " + failed.detail();
    if (link.handshake.owns(request)) {
      boolean refused = failed.status() < 500 && !failed.retry();
      if (!link.hasId() && refused) {
        link.life.openFailed(Failures.of(failed));
      } else {
        uplink.broken(why);
      }
    } else if (link.keepAlives.owns(request) || link.life.isClose(request)) {
      uplink.broken(why);
    } else if (link.elections.owns(request)) {
      link.elections.failed(failed);
    } else if (!link.calls.failed(failed)) {
      link.holds.failed(failed);
    }
  }
}
