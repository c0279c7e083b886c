// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.election;

import dev.holdfast.core.Names;
import dev.holdfast.core.election.ProclaimReply;
import dev.holdfast.core.election.Proclaimed;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.fence.FenceProblemCodes;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.session.SessionProblemCodes;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.protocol.ElectionBodies;
import dev.holdfast.protocol.HolderNames;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * {@code /v1/elections} and {@code /v1/groups}. To campaign is to acquire the lock of that name, to
 * resign is to release it: {@code /v1/locks} does both.
 */
public final class ElectionRoutes implements Routes {
  private static final Operation SHOW =
      Operation.external(
              "showElection",
              "GET",
              "/v1/elections/{name...}",
              Operation.Scope.LOCKS,
              "Who leads, and what it proclaims.")
          .answers(200, ElectionBodies.Leader.class)
          .refuses(SessionProblemCodes.BAD_NAME);
  private static final Operation PROCLAIM =
      Operation.external(
              "proclaim",
              "PUT",
              "/v1/elections/{name...}",
              Operation.Scope.LOCKS,
              "Tells all who observe an election something, as its leader.")
          .takes(ElectionBodies.Proclaim.class)
          .answers(200, ElectionBodies.Proclaimed.class)
          .refuses(SessionProblemCodes.BAD_NAME, FenceProblemCodes.FENCED);
  private static final Operation MEMBERS =
      Operation.external(
              "showGroup",
              "GET",
              "/v1/groups/{name...}",
              Operation.Scope.LOCKS,
              "The members of a group.")
          .answers(200, ElectionBodies.Group.class)
          .refuses(SessionProblemCodes.BAD_NAME);

  private final ElectionService elections;

  public ElectionRoutes(ElectionService elections) {
    this.elections = elections;
  }

  @Override
  public void register(Router router) {
    router.add(SHOW, this::show);
    router.add(PROCLAIM, this::proclaim);
    router.add(MEMBERS, this::members);
  }

  private void show(Exchange exchange) {
    String name = lockName(exchange.path("name"));
    Settled<Leader> settled = elections.leader(name);
    Leader leader = settled.reply();
    exchange.respond(
        200,
        new ElectionBodies.Leader(
            name,
            HolderNames.candidate(leader.holder()),
            leader.session(),
            leader.holder(),
            leader.token(),
            leader.value(),
            leader.waiting(),
            settled.revision()));
  }

  private void proclaim(Exchange exchange) {
    String name = lockName(exchange.path("name"));
    ElectionBodies.Proclaim body = exchange.json(ElectionBodies.Proclaim.class);
    if (body.session() == null || body.holder() == null || body.value() == null) {
      throw new ProblemException(
          400,
          "MISSING_FIELD",
          "A proclamation has session, holder, token, sequence and value",
          "Send all of them, as POST /v1/locks/" + name + " answered.");
    }
    Proclaimed next =
        proclaimed(body.session(), body.holder(), body.token(), body.sequence(), body.value());
    Settled<ProclaimReply> settled = elections.proclaim(name, next);
    switch (settled.reply()) {
      case ProclaimReply.Known(long sequence) ->
          exchange.respond(
              200, new ElectionBodies.Proclaimed(name, body.token(), sequence, settled.revision()));
      case ProclaimReply.NotHeld _, ProclaimReply.Swept _ -> throw fenced(name, body.token());
    }
  }

  /** For the socket, too. */
  public static ProblemException fenced(String name, long token) {
    return new ProblemException(
        412,
        "FENCED",
        "Token " + token + " of '" + name + "' is not held any more",
        "Campaign again; what was proclaimed under this token counts no more.");
  }

  /**
   * For the socket, too.
   *
   * @throws ProblemException what is wrong with it
   */
  public static Proclaimed proclaimed(
      String session, String holder, long token, long sequence, String value) {
    Optional<String> problem = Names.sessionProblem(session).or(() -> Names.holderProblem(holder));
    if (problem.isPresent()) {
      throw new ProblemException(400, "BAD_NAME", problem.get(), "Correct the name.");
    }
    if (token < 1 || sequence < 1) {
      throw new ProblemException(
          400, "INVALID_VALUE", "Token and sequence begin with 1", "Send those of the grant.");
    }
    if (value.getBytes(StandardCharsets.UTF_8).length > Proclaimed.VALUE_BYTES_MAX) {
      throw new ProblemException(
          413,
          "PAYLOAD_TOO_LARGE",
          "What is proclaimed has at most " + Proclaimed.VALUE_BYTES_MAX + " bytes of UTF-8",
          "Store an object, and proclaim its key.");
    }
    return new Proclaimed(new Owner(session, holder), token, sequence, value);
  }

  private void members(Exchange exchange) {
    String group = exchange.path("name");
    String prefix = HolderNames.groupPrefix(group);
    lockName(prefix);
    Settled<List<Leader>> settled = elections.members(prefix);
    List<ElectionBodies.Member> members =
        settled.reply().stream()
            .map(member ->
                new ElectionBodies.Member(
                    HolderNames.memberOf(member.lock()),
                    member.session(),
                    member.holder(),
                    member.token(),
                    member.value()))
            .sorted(Comparator.comparing(ElectionBodies.Member::member))
            .toList();
    exchange.respond(200, new ElectionBodies.Group(group, members, settled.revision()));
  }

  private static String lockName(String name) {
    Names.lockProblem(name)
        .ifPresent(problem -> {
          throw new ProblemException(400, "BAD_NAME", problem, "Choose another name.");
        });
    return name;
  }
}
