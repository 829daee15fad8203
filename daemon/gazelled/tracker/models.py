"""
Typed answers: a model for each action, tolerant of the tracker's ways, losing nothing.

    answer = decode("browse", payload, zone=site.timezone, by="token")
    answer.value.results[0].group_name
    answer.drift  # what the tracker answers that the model doesn't know, or no longer
"""

from __future__ import annotations

from gazelled.tracker.catalogue.answer_models import decode, model_of
from gazelled.tracker.catalogue.artists import Artist
from gazelled.tracker.catalogue.collages import (
    ArtistBookmarks,
    Collage,
    Notifications,
    TorrentBookmarks,
)
from gazelled.tracker.catalogue.comments import TorrentComments
from gazelled.tracker.catalogue.datasets import AlbumArt, Browse, Torrent, TorrentGroup
from gazelled.tracker.catalogue.forum_activity import Subscriptions, UserHistory
from gazelled.tracker.catalogue.forums import ForumMain, RawPost, ViewForum, ViewThread
from gazelled.tracker.catalogue.messages import Inbox, ViewConv
from gazelled.tracker.catalogue.news import Announcements, News, SiteNotifications
from gazelled.tracker.catalogue.own_account import Account, Friends, Index
from gazelled.tracker.catalogue.own_uploads import MyUploads, OwnUpload
from gazelled.tracker.catalogue.requests import Request, Requests
from gazelled.tracker.catalogue.site_info import LoadAverage, Manifest, Ontology, Stats
from gazelled.tracker.catalogue.toplists import Better, TopTags, TopTorrents, TopUsers
from gazelled.tracker.catalogue.users import CommunityStats, User, UserRecents, UserSearch
from gazelled.tracker.catalogue.wiki import Preview, Wiki
from gazelled.tracker.decoding.files import File
from gazelled.tracker.decoding.reading import Drift
from gazelled.tracker.decoding.schema import AnswerModel, Anything, Decoded, Model, decode_as
from gazelled.tracker.sites.music_answers import (
    MusicBrowse,
    MusicRequests,
    MusicTorrent,
    MusicTorrentGroup,
    SimilarArtists,
)

__all__ = [
    "Account",
    "AlbumArt",
    "Announcements",
    "AnswerModel",
    "Anything",
    "Artist",
    "ArtistBookmarks",
    "Better",
    "Browse",
    "Collage",
    "CommunityStats",
    "Decoded",
    "Drift",
    "File",
    "ForumMain",
    "Friends",
    "Inbox",
    "Index",
    "LoadAverage",
    "Manifest",
    "Model",
    "MusicBrowse",
    "MusicRequests",
    "MusicTorrent",
    "MusicTorrentGroup",
    "MyUploads",
    "News",
    "Notifications",
    "Ontology",
    "OwnUpload",
    "Preview",
    "RawPost",
    "Request",
    "Requests",
    "SimilarArtists",
    "SiteNotifications",
    "Stats",
    "Subscriptions",
    "TopTags",
    "TopTorrents",
    "TopUsers",
    "Torrent",
    "TorrentBookmarks",
    "TorrentComments",
    "TorrentGroup",
    "User",
    "UserHistory",
    "UserRecents",
    "UserSearch",
    "ViewConv",
    "ViewForum",
    "ViewThread",
    "Wiki",
    "decode",
    "decode_as",
    "model_of",
]
