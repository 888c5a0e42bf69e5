/* SPDX-License-Identifier: Apache-2.0 */
/* A body that is an archive: judged by files in it, while it streams by. */
#include "trial/parts.h"

#define NAME_MOST 1024u /* bytes of the name of a file that decides */

static bool refuse_name(struct trial *trial, struct span name)
{
	decision_refuse(&trial->decision, REASON_AMBIGUOUS, 400,
	    "the file \"%.*s\" in the archive cannot be told from others; name it without \"..\"",
	    (int)(name.len < 80 ? name.len : 80), name.at);
	return false;
}

static bool keep_name(struct trial *trial, struct span name, struct span *ret_kept)
{
	char room[NAME_MOST];

	if (!archive_clean(name, room, sizeof(room)))
		return refuse_name(trial, name);
	ret_kept->at = arena_copy(&trial->arena, span_of(room));
	ret_kept->len = strlen(room);
	if (!ret_kept->at)
		(void)trial_out_of_memory(trial);
	return ret_kept->at != NULL;
}

bool trial_begin_archive(struct trial *trial)
{
	const struct docker_archive *row = trial->decision.archive;
	struct span names[ARCHIVE_WANTED_MOST];

	if (trial->archive)
		archive_free(trial->archive);
	trial->archive = NULL;
	if (row->count > ARCHIVE_WANTED_MOST)
		return trial_out_of_memory(trial) == TRIAL_PERMITTED;
	for (unsigned i = 0; i < row->count; i++) {
		if (!keep_name(trial, policy_archive_file(&trial->ask, i), &names[i]))
			return false;
	}
	trial->archive = archive_new(names, row->count);
	if (!trial->archive)
		(void)trial_out_of_memory(trial);
	return trial->archive != NULL;
}

static enum trial_state refuse(struct trial *trial)
{
	decision_refuse(&trial->decision, REASON_AMBIGUOUS, 403, "%s cannot be judged: %s",
	    trial->ask.match.operation->archive->what, archive_fault(trial->archive));
	return TRIAL_REFUSED;
}

enum trial_state trial_archive(struct trial *trial, struct span bytes, size_t *ret_used)
{
	*ret_used = archive_take(trial->archive, bytes);
	return archive_fault(trial->archive) ? refuse(trial) : TRIAL_MORE;
}

enum trial_state trial_archive_end(struct trial *trial, const struct trial_basis *basis)
{
	const struct docker_archive *row = trial->ask.match.operation->archive;
	struct policy_archive found = {.limits = &trial->json, .arena = &trial->arena};

	if (archive_fault(trial->archive))
		return refuse(trial);
	trial->files = arena_alloc(&trial->arena, row->count * sizeof(*trial->files));
	if (!trial->files)
		return trial_out_of_memory(trial);
	for (unsigned i = 0; i < row->count; i++)
		trial->files[i] = archive_file(trial->archive, i);
	found.files = trial->files;
	policy_decide_archive(basis->policy, &trial->ask, &found, &trial->decision, basis->trace,
	    basis->trace_context);
	return trial->decision.verdict == VERDICT_ALLOW ? TRIAL_PERMITTED : TRIAL_REFUSED;
}
