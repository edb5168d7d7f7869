from flask import Blueprint
door = Blueprint("pay", __name__)
