/* What disk.c shares with the tests: from the same process by disk_watch, from another by a file
 * that is mapped (disk.py knows the same layout). */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum disk_file { disk_other, disk_database, disk_wal, disk_journal, disk_folder };
enum disk_operation {
  disk_write = 1,
  disk_sync = 2,
  disk_truncate = 4,
  disk_read = 8,
  disk_open = 16,
};
enum disk_kind {
  disk_created = 1,
  disk_written,
  disk_truncated,
  disk_synced,
  disk_sync_failed,
  disk_unlinked,
};

struct disk_control {
  uint32_t armed;      /* operations are counted, and fail, while not 0 */
  uint32_t operations; /* which: a sum of enum disk_operation */
  uint32_t files;      /* of which files: a sum of 1 << enum disk_file */
  int32_t error;       /* errno of the failure */
  uint64_t fail_at;    /* the n-th counted operation fails, from 1; 0: none */
  uint32_t for_ever;   /* and all after it */
  uint32_t lies;       /* syncs of the wal answer success and do nothing */
  uint64_t seen;       /* counted so far */
  uint64_t failed;     /* failed so far */
};

struct disk_record {
  uint32_t magic;
  uint16_t kind;
  uint16_t file;
  uint64_t offset; /* or the new size */
  uint64_t length; /* of the data that follows */
};

/* From now on this database's files are watched. Both arguments outlive the watching. */
void disk_watch(const char* database, struct disk_control* control);

#ifdef __cplusplus
}
#endif
